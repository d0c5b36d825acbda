-- Takes over entries whose dispatcher has been silent, or has given them back. Atomic.
--
-- KEYS  1 a hand-off stream
-- ARGV  group, the new owner, how long an entry must have been untouched in ms, cursor, the most entries
-- Returns { next cursor, { id, fields, deliveries }, … }; the count of deliveries is left as it was

local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5], 'JUSTID')
local answer = { claimed[1] }
for _, id in ipairs(claimed[2]) do
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if entry and pending then
    answer[#answer + 1] = { id, entry[2], pending[4] }
  end
end
return answer
