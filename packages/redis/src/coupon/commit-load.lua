-- Opens the gate of a coupon whose winners are all there. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token, status, quantity, opens_at, closes_at (empty: none), version, the least next_no, the least last_at
-- Returns next_no, or 0 when the caller is not the loader any more (nothing was written)
--
-- Of the caller's terms and those told of since the load began (sync-terms.lua) the newer ones are what the gate opens with.
--
-- Leaves the token behind as `load`: whoever remembers the winners sees by it that a load may have added some.
--
-- In another reign than the load began in (begin-load.lua), what was acknowledged to the caller may be missing: a replica that was
-- behind has the token all the same. So the caller is no loader there.

local loader = redis.call('HMGET', KEYS[1], 'loader', 'loader_reign')
if loader[1] ~= ARGV[1] or loader[2] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return 0 end
local coupon = redis.call('HMGET', KEYS[1], 'next_no', 'last_at', 'told', 'version')
local next_no = math.max(tonumber(coupon[1] or '1'), tonumber(ARGV[7]))
local last_at = math.max(tonumber(coupon[2] or '0'), tonumber(ARGV[8]))
redis.call('HDEL', KEYS[1], 'loader', 'loader_until', 'loader_for', 'loader_reign', 'closed_reign', 'first', 'told')
if coupon[3] and tonumber(coupon[4]) > tonumber(ARGV[6]) then
  redis.call('HSET', KEYS[1], 'status', coupon[3])
else
  redis.call('HSET', KEYS[1],
    'status', ARGV[2], 'quantity', ARGV[3], 'opens_at', ARGV[4], 'closes_at', ARGV[5], 'version', ARGV[6])
end
redis.call('HSET', KEYS[1],
  'next_no', next_no, 'last_at', string.format('%.0f', last_at), 'load', ARGV[1])
return next_no
