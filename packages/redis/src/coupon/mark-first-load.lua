-- Notes that the caller's load is the first one of this coupon at all, for the next loader should it fail. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token
-- Returns 1, or 0 when the caller is not the loader any more (nothing was written)
--
-- The mark names the server's reign (begin-load.lua). In another it proves nothing: the load, or that of whoever took over from a
-- silent caller, may have come to its end, and numbers may have been given, in what was lost. So the caller is no loader there.

local loader = redis.call('HMGET', KEYS[1], 'loader', 'loader_reign')
if loader[1] ~= ARGV[1] or loader[2] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return 0 end
redis.call('HSET', KEYS[1], 'first', loader[2])
return 1
