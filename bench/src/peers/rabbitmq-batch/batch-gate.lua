-- Gives the next number to each of the users who has none yet, in their order, as long as there are any.
-- KEYS 1 the last number given; 2 the hash of winners: user → number
-- ARGV 1 quantity, 2 … user ids
-- Returns { first, at } when all have won the numbers first, first + 1, …; else { first, at, r1, r2, … } with 1 for each user who has
-- won, in order, and 0 for the others. `at` is epoch ms by the clock of Redis.
local users = #ARGV - 1
local last = tonumber(redis.call('GET', KEYS[1])) or 0
local clock = redis.call('TIME')
local answer = { last + 1, clock[1] * 1000 + math.floor(clock[2] / 1000) }
-- Two commands for all users rather than one for each: most of a command's price is its call.
local had = redis.call('HMGET', KEYS[2], unpack(ARGV, 2))
local won, results, seen = {}, {}, {}
for i = 1, users do
  local user = ARGV[i + 1]
  if had[i] or seen[user] or last >= tonumber(ARGV[1]) then
    results[i] = 0
  else
    seen[user] = true
    last = last + 1
    won[#won + 1] = user
    won[#won + 1] = last
    results[i] = 1
  end
end
if #won > 0 then
  redis.call('HSET', KEYS[2], unpack(won))
  redis.call('SET', KEYS[1], last)
end
if #won < 2 * users then
  for i = 1, users do answer[2 + i] = results[i] end
end
return answer
