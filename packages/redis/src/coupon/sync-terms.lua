-- Brings a loaded coupon's terms up to date. Atomic. An older version never replaces a newer one.
--
-- KEYS  1 the coupon's hash
-- ARGV  status, quantity, opens_at, closes_at (empty: none), version
-- Returns "APPLIED", "STALE" (as new or newer already) or "NOT_LOADED"

local coupon = redis.call('HMGET', KEYS[1], 'status', 'version')
if not coupon[1] then return 'NOT_LOADED' end
if tonumber(coupon[2]) >= tonumber(ARGV[5]) then return 'STALE' end
redis.call('HSET', KEYS[1],
  'status', ARGV[1], 'quantity', ARGV[2], 'opens_at', ARGV[3], 'closes_at', ARGV[4], 'version', ARGV[5])
return 'APPLIED'
