-- Puts a finished rebuild in the place of its day. Atomic.
--
-- KEYS  1 the marker of the day's rebuild, 2 the sales as rebuilt, 3 the orders counted in those, 4 the day's sales,
--       5 the orders counted in them
-- ARGV  token, how long a day is kept in ms
-- Returns how many products the day has sold, or -1 when the caller is not the rebuilder any more (nothing was written)

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
-- Before the renames, which would free what they overwrite while everybody waits.
redis.call('UNLINK', KEYS[4], KEYS[5])
for i = 2, 3 do
  -- Redis has no empty keys: a day without sales has nothing to rename.
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i + 2])
    redis.call('PEXPIRE', KEYS[i + 2], ARGV[2])
  end
end
redis.call('DEL', KEYS[1])
return redis.call('ZCARD', KEYS[4])
