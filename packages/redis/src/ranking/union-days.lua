-- Reads the best of several days, which it adds up unless that was done lately. Atomic.
--
-- KEYS  1 the union, 2 of which days it was made and when, then the sales of each day
-- ARGV  how many of the best, how long the union is kept in ms, the caller's time in epoch ms, how far from that the union
--       may have been made in ms (0: it is made anew)
-- Returns { when the union was made, how many products were sold at all, { product id, pieces, … } }, best first. Those that
-- sold as many as the last of the best come all, so that the caller can tell which of them it is.
--
-- Adding up is what costs (docs/operations.md, "Capacity"), and Redis serves nobody else meanwhile. So one union serves
-- all who ask for these days, whatever the number of products, and in whichever process.

local days, now = table.concat(KEYS, ' ', 3), ARGV[3]
local made = redis.call('HMGET', KEYS[2], 'days', 'at')
local at = made[2]
if made[1] ~= days or math.abs(now - at) >= tonumber(ARGV[4]) then
  at = now
  redis.call('ZUNIONSTORE', KEYS[1], #KEYS - 2, unpack(KEYS, 3))
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', 0)
  redis.call('HSET', KEYS[2], 'days', days, 'at', at)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
local last = redis.call('ZREVRANGE', KEYS[1], ARGV[1] - 1, ARGV[1] - 1, 'WITHSCORES')
local least = last[2] or '-inf'
return {
  at,
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', least, 'WITHSCORES'),
}
