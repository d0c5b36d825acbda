-- Puts a dead letter back on the hand-off stream. Atomic.
--
-- KEYS  1 the dead letters of a partition, 2 its hand-off stream
-- ARGV  the dead letter's id
-- Returns 1, or 0 when it is not there

local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then return 0 end
local fields = {}
for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
redis.call('XADD', KEYS[2], '*', 'c', fields['c'], 'n', fields['n'], 't', fields['t'], 'u', fields['u'])
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
