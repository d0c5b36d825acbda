-- Brings a coupon's terms up to date. Atomic. An older version never replaces a newer one.
--
-- KEYS  1 the coupon's hash
-- ARGV  status, quantity, opens_at, closes_at (empty: none), version
-- Returns "APPLIED", "STALE" (as new or newer already) or "NOT_LOADED"
--
-- A loader may have read older terms by now, and open the gate with them after the caller was told that the change is made. So
-- while there is one, the newest terms are left for commit-load.lua: all in their places but the status, without which the gate
-- stays closed, and which waits in `told`. Whatever loader comes later reads terms that are as new.

local coupon = redis.call('HMGET', KEYS[1], 'status', 'version', 'loader', 'told')
if not coupon[1] and not coupon[3] then return 'NOT_LOADED' end
-- Without `told` the version of a closed gate is of what it was open with; the rows may have been set back since.
local isStale = (coupon[1] or coupon[4]) and tonumber(coupon[2]) >= tonumber(ARGV[5])
if not isStale then
  redis.call('HSET', KEYS[1],
    coupon[1] and 'status' or 'told', ARGV[1],
    'quantity', ARGV[2], 'opens_at', ARGV[3], 'closes_at', ARGV[4], 'version', ARGV[5])
end
if not coupon[1] then return 'NOT_LOADED' end
return isStale and 'STALE' or 'APPLIED'
