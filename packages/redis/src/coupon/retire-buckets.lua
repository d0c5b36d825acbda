-- Deletes some of the winners of a coupon that the caller has closed. Atomic.
--
-- KEYS  1 the coupon's hash, 2 the name that its bucket numbers are appended to
-- ARGV  token, how long the caller may be silent from now in ms, the first bucket, the last bucket
-- Returns 1, or 0 when the caller is not the one who has closed it any more (nothing was deleted)
--
-- In another reign than the coupon was closed in (begin-load.lua) buckets may be there again that were deleted. Were the caller
-- to go on, it would delete the rest and the hash, and nobody would ever find these; a later load of the coupon could even take
-- them for its own.

local loader = redis.call('HMGET', KEYS[1], 'loader', 'loader_reign')
if loader[1] ~= ARGV[1] or loader[2] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HSET', KEYS[1], 'loader_until', string.format('%.0f', now + ARGV[2]))
for bucket = tonumber(ARGV[3]), tonumber(ARGV[4]) do
  redis.call('UNLINK', KEYS[2] .. string.format('%.0f', bucket))
end
return 1
