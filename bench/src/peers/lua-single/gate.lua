-- Decides on one user, numbers a winner, and hands it off. Atomic.
-- KEYS 1 the coupon's hash: status, quantity, next_no, opens_at (epoch ms); 2 the hash of winners, user → number; 3 the hand-off stream
-- ARGV 1 user id
-- Returns the number that the user has won now; its negative when it was won before; 0 when the user has lost or may not ask yet.
local coupon = redis.call('HMGET', KEYS[1], 'status', 'quantity', 'next_no', 'opens_at')
local clock = redis.call('TIME')
if coupon[1] ~= 'PUBLISHABLE' or clock[1] * 1000 + math.floor(clock[2] / 1000) < tonumber(coupon[4]) then
  return 0
end
local number = tonumber(coupon[3])
if number > tonumber(coupon[2]) or redis.call('HSETNX', KEYS[2], ARGV[1], number) == 0 then
  return -(tonumber(redis.call('HGET', KEYS[2], ARGV[1])) or 0)
end
redis.call('HSET', KEYS[1], 'next_no', number + 1)
redis.call('XADD', KEYS[3], '*', 'no', number, 'user', ARGV[1])
return number
