-- Removes consumers that are gone from a hand-off's group. One that still has entries stays, whatever it is: with it they
-- would be removed from the pending ones, and nobody would ever deliver them. Atomic.
--
-- KEYS  1 a hand-off stream
-- ARGV  group, how long a consumer must have been silent in ms, the one to look at (empty: all)
-- Returns how many it removed

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local removed = 0
for _, reply in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #reply, 2 do consumer[reply[i]] = reply[i + 1] end
  local wanted = ARGV[3] == '' or ARGV[3] == consumer.name
  if wanted and consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed = removed + 1
  end
end
return removed
