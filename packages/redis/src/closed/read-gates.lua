-- Reads what decides about coupons, all as of one instant, with that instant.
--
-- KEYS  the hashes of coupons of one partition
-- Returns { the time in ms with three decimals, as text; then for each key its status (nil: not loaded), quantity, next_no,
--           opens_at, closes_at, base, buckets, last_at, load }

local clock = redis.call('TIME')
local answer = { string.format('%.3f', clock[1] * 1000 + clock[2] / 1000) }
for i = 1, #KEYS do
  answer[i + 1] = redis.call('HMGET', KEYS[i],
    'status', 'quantity', 'next_no', 'opens_at', 'closes_at', 'base', 'buckets', 'last_at', 'load')
end
return answer
