-- Takes settled entries off the hand-off stream, and keeps what could not be handled as dead letters. Atomic.
--
-- KEYS  1 a hand-off stream, 2 the dead letters of its partition
-- ARGV  group, then for each entry: id, number of dead letters, and for each of these: user ids and issue numbers (each
--       joined with a space), reason, attempts
-- Returns how many entries this call took off. One that is off already is passed over, with its dead letters, so that a
-- repeated call changes nothing.

local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
local settled = 0
local arg = 2
while arg <= #ARGV do
  local id, letters = ARGV[arg], tonumber(ARGV[arg + 1])
  arg = arg + 2
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  local acked = redis.call('XACK', KEYS[1], ARGV[1], id)
  local off = redis.call('XDEL', KEYS[1], id)
  if acked == 1 or off == 1 then settled = settled + 1 end
  if entry and letters > 0 then
    local fields = {}
    for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
    for _ = 1, letters do
      redis.call('XADD', KEYS[2], '*', 'c', fields['c'] or '', 't', fields['t'] or '',
        'u', ARGV[arg], 'n', ARGV[arg + 1], 'reason', ARGV[arg + 2], 'attempts', ARGV[arg + 3], 'entry', id, 'at', now)
      arg = arg + 4
    end
  else
    arg = arg + 4 * letters
  end
end
return settled
