-- Ends a rebuild without a trace, if it is still the caller's. Atomic.
--
-- KEYS  1 the marker of the day's rebuild, 2 the sales as rebuilt so far, 3 the orders counted in those
-- ARGV  token
-- Returns 1, or 0 when the caller is not the rebuilder any more (nothing was written)

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
return 1
