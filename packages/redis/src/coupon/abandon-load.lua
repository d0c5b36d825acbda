-- Gives up a load, so that the next loader need not wait for this one's silence. The gate stays closed. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token
-- Returns 1, or 0 when the caller is not the loader any more

if redis.call('HGET', KEYS[1], 'loader') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'loader', 'loader_until', 'loader_for', 'loader_reign')
return 1
