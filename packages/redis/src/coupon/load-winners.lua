-- Adds winners to a coupon that the caller is loading. Atomic.
--
-- KEYS  1 the coupon's hash, 2 the name that its bucket numbers are appended to
-- ARGV  token, how long the caller may be silent from now in ms, then for each winner: bucket, user id, "number:offset"
-- Returns 1, or 0 when the caller is not the loader any more (nothing was written)
--
-- In another reign than the load began in (begin-load.lua), what was acknowledged to the caller may be missing: a replica that was
-- behind has the token all the same. So the caller is no loader there.

local loader = redis.call('HMGET', KEYS[1], 'loader', 'loader_reign')
if loader[1] ~= ARGV[1] or loader[2] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HSET', KEYS[1], 'loader_until', string.format('%.0f', now + ARGV[2]))
for i = 3, #ARGV, 3 do
  redis.call('HSET', KEYS[2] .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
return 1
