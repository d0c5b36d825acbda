-- Adds up the sales of several days, and reads the best of them. Atomic.
--
-- KEYS  1 the union, then the sales of each day
-- ARGV  how many of the best, how long the union is kept in ms
-- Returns { how many products were sold at all, { product id, pieces, … } }, best first. Those that sold as many as the
-- last of the best come all, so that the caller can tell which of them it is.

redis.call('ZUNIONSTORE', KEYS[1], #KEYS - 1, unpack(KEYS, 2))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local last = redis.call('ZREVRANGE', KEYS[1], ARGV[1] - 1, ARGV[1] - 1, 'WITHSCORES')
local least = last[2] or '-inf'
return {
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', least, 'WITHSCORES'),
}
