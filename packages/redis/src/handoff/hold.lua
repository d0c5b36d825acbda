-- Touches entries where they still belong to the caller. Atomic.
--
-- KEYS  1 a hand-off stream
-- ARGV  group, owner, idle time to set in ms, then for each entry: id, and failures so far (empty: as they are)
-- Returns the ids that do not belong to the caller any more: settled, or claimed by another

local lost = {}
for i = 4, #ARGV, 2 do
  local id, failures = ARGV[i], ARGV[i + 1]
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then
    lost[#lost + 1] = id
  elseif failures == '' then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'IDLE', ARGV[3], 'JUSTID')
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'IDLE', ARGV[3], 'RETRYCOUNT', failures + 1, 'JUSTID')
  end
end
return lost
