-- Hands winners off once more, whose hand-off was lost. Atomic.
--
-- KEYS  1 the coupon's hash, 2 the name that its bucket numbers are appended to, 3 the partition's hand-off stream
-- ARGV  coupon id, accepted at (epoch ms), the number of the first, then user id and user hash of each, whose numbers follow
-- Returns 1, or 0 when the gate does not hold each of them with this number and time (nothing was written)

local coupon = redis.call('HMGET', KEYS[1], 'base', 'buckets')
if not coupon[1] or not coupon[2] then return 0 end
local held = string.format(':%.0f', ARGV[2] - coupon[1])
local users = {}
for arg = 4, #ARGV, 2 do
  local bucket = KEYS[2] .. ARGV[arg + 1] % coupon[2]
  local expected = string.format('%.0f', ARGV[3] + #users) .. held
  if redis.call('HGET', bucket, ARGV[arg]) ~= expected then return 0 end
  users[#users + 1] = ARGV[arg]
end
redis.call('XADD', KEYS[3], '*', 'c', ARGV[1], 'n', ARGV[3], 't', ARGV[2], 'u', table.concat(users, ' '))
return 1
