-- Deletes what is left of a coupon that the caller has closed and emptied. Atomic.
--
-- KEYS  1 the coupon's hash, 2 what is given up of it
-- ARGV  token
-- Returns 1, or 0 when the caller is not the one who has closed it any more (nothing was deleted); as in retire-buckets.lua, it
--       is not in another reign

local loader = redis.call('HMGET', KEYS[1], 'loader', 'loader_reign')
if loader[1] ~= ARGV[1] or loader[2] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return 0 end
redis.call('DEL', KEYS[1])
redis.call('UNLINK', KEYS[2])
return 1
