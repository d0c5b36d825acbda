-- Takes one piece for a user who has none yet, as long as there are any.
-- KEYS 1 the set of winners
-- ARGV 1 user id, 2 quantity
-- Returns 1 when the user has won now, else 0.
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
return redis.call('SADD', KEYS[1], ARGV[1])
