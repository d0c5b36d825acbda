-- Takes one piece for each of the users who has none yet, in their order, as long as there are any.
-- KEYS 1 the set of winners
-- ARGV 1 quantity, 2 … user ids
-- Returns 1 when all have won; else for each user 1 (has won now) or 0.
local users = #ARGV - 1
local left = tonumber(ARGV[1]) - redis.call('SCARD', KEYS[1])
local had = redis.call('SMISMEMBER', KEYS[1], unpack(ARGV, 2))
local won, results, seen = {}, {}, {}
for i = 1, users do
  local user = ARGV[i + 1]
  if had[i] == 0 and not seen[user] and #won < left then
    seen[user] = true
    won[#won + 1] = user
    results[i] = 1
  else
    results[i] = 0
  end
end
if #won > 0 then
  redis.call('SADD', KEYS[1], unpack(won))
end
if #won == users then
  return 1
end
return results
