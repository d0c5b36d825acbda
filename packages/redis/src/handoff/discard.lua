-- Deletes a dead letter for good, and keeps whose numbers they were: nobody shall look for them. Atomic.
--
-- KEYS  1 the dead letters of a partition, 2 what is given up of the letter's coupon
-- ARGV  the dead letter's id, then number and user id of each of its items
-- Returns 1, or 0 when it is not there (nothing was written)

if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
for arg = 2, #ARGV, 2 do
  local users = redis.call('HGET', KEYS[2], ARGV[arg])
  local all = (users and users ~= '') and users .. ' ' .. ARGV[arg + 1] or ARGV[arg + 1]
  redis.call('HSET', KEYS[2], ARGV[arg], all)
end
return 1
