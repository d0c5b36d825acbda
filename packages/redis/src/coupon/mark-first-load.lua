-- Notes that the caller's load is the first one of this coupon at all, for the next loader should it fail. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token
-- Returns 1, or 0 when the caller is not the loader any more (nothing was written)
--
-- The mark names the run of this server. After a restart, a failover or a restore it proves nothing: the load may have come to
-- its end, and numbers may have been given, in what was lost.

if redis.call('HGET', KEYS[1], 'loader') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'first', string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
return 1
