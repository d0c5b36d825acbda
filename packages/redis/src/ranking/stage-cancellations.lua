-- Marks orders as taken back in a rebuild that is the caller's, where it has not counted them. Atomic.
--
-- KEYS  1 the marker of the day's rebuild, 2 the sales as rebuilt so far, 3 the orders counted in those
-- ARGV  token, how long the caller may be silent from now in ms, how long the rebuild is kept in ms, then order ids
-- Returns 1, or 0 when the caller is not the rebuilder any more (nothing was written)

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for i = 4, #ARGV do redis.call('HSETNX', KEYS[3], ARGV[i], 'C') end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
