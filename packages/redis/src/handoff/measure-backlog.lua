-- Says how much waits in hand-off streams, and for how long, by the clock that wrote their ids.
--
-- KEYS  hand-off streams, all of one server
-- Returns { entries in all of them, age in ms of the oldest, 0 without any }

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local entries, oldest = 0, now
for i = 1, #KEYS do
  local length = redis.call('XLEN', KEYS[i])
  if length > 0 then
    entries = entries + length
    local first = redis.call('XRANGE', KEYS[i], '-', '+', 'COUNT', 1)[1]
    oldest = math.min(oldest, tonumber(string.match(first[1], '^%d+')))
  end
end
return { entries, now - oldest }
