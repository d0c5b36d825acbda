-- Takes one piece for a user who has none yet, as long as there are any, and tells everybody who listens.
-- KEYS 1 the set of winners
-- ARGV 1 user id, 2 quantity, 3 channel
-- Returns 1 when the user has won now, else 0.
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) or redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
