-- Makes the caller the one rebuilder of a day, who begins with nothing counted. Atomic.
--
-- KEYS  1 the marker of the day's rebuild, 2 the sales as rebuilt so far, 3 the orders counted in those
-- ARGV  token, how long the caller may be silent in ms
-- Returns 1, or 0 when somebody else rebuilds this day

if not redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
-- What a rebuilder that died left behind.
redis.call('UNLINK', KEYS[2], KEYS[3])
return 1
