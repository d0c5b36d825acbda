-- Takes one piece for a user who has none yet, as long as there are any, and pushes the user to the next worker's list. Atomic.
-- KEYS 1 the set of winners; 2 … each worker's list
-- ARGV 1 user id, 2 quantity
-- Returns 1 when the user has won now, else 0.
local taken = redis.call('SCARD', KEYS[1])
if taken >= tonumber(ARGV[2]) or redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('RPUSH', KEYS[2 + taken % (#KEYS - 1)], ARGV[1])
return 1
