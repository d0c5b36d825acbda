-- Reads what decides about coupons, all as of one instant, with that instant.
--
-- KEYS  the hashes of coupons of one partition
-- Returns { the time in ms with three decimals, as text; then for each key its status (nil: not loaded), quantity, next_no,
--           opens_at, closes_at, base, buckets, last_at, load, version; 'UNREADABLE' for a key that holds something else }

local clock = redis.call('TIME')
local answer = { string.format('%.3f', clock[1] * 1000 + clock[2] / 1000) }
for i = 1, #KEYS do
  -- One that is no hash must not keep the others from being read.
  local hash = redis.pcall('HMGET', KEYS[i],
    'status', 'quantity', 'next_no', 'opens_at', 'closes_at', 'base', 'buckets', 'last_at', 'load', 'version')
  answer[i + 1] = hash.err and 'UNREADABLE' or hash
end
return answer
