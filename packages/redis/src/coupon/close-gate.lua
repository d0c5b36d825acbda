-- Closes the gate of a loaded coupon, and keeps it from being loaded again for a while. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  a token that nobody else has, how long in ms
-- Returns 1, or 0 when it is closed already (nothing was written)

if redis.call('HEXISTS', KEYS[1], 'status') == 0 then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local reign = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
redis.call('HDEL', KEYS[1], 'status')
redis.call('HSET', KEYS[1],
  'loader', ARGV[1], 'loader_until', string.format('%.0f', now + ARGV[2]), 'loader_for', ARGV[2],
  'loader_reign', reign, 'closed_reign', reign)
return 1
