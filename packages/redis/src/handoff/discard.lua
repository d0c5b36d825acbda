-- Deletes a dead letter for good, and keeps its numbers: nobody shall look for them. Atomic.
--
-- KEYS  1 the dead letters of a partition, 2 the numbers that were discarded there
-- ARGV  the dead letter's id, then "<coupon id>:<number>" of each of its items
-- Returns 1, or 0 when it is not there (nothing was written)

if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
for from = 2, #ARGV, 1000 do
  redis.call('SADD', KEYS[2], unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
return 1
