-- Takes settled entries off the hand-off stream, and keeps what could not be handled as dead letters. Atomic.
--
-- KEYS  1 a hand-off stream, 2 the dead letters of its partition
-- ARGV  group, number of entries, the id of each, then for each dead letter: the id of its entry, user ids and issue
--       numbers (each joined with a space), reason, attempts
-- An entry that is off already is passed over, with its dead letters, so that a repeated call changes nothing.

local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
local entries = tonumber(ARGV[2])

for arg = 3 + entries, #ARGV, 5 do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[arg], ARGV[arg])[1]
  if entry then
    local fields = {}
    for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
    redis.call('XADD', KEYS[2], '*', 'c', fields['c'] or '', 't', fields['t'] or '', 'u', ARGV[arg + 1],
      'n', ARGV[arg + 2], 'reason', ARGV[arg + 3], 'attempts', ARGV[arg + 4], 'entry', ARGV[arg], 'at', now)
  end
end

-- Many at a time: that is what a command, and its line in the append-only file, costs. Lua passes some 8 000 arguments.
for from = 3, 2 + entries, 1000 do
  local to = math.min(from + 999, 2 + entries)
  redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, from, to))
  redis.call('XDEL', KEYS[1], unpack(ARGV, from, to))
end
