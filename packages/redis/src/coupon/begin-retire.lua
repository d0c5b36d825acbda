-- Closes the gate of a coupon, so that the caller may take it out of Redis. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token, how long the caller may be silent in ms
-- Returns how many buckets of winners it has, or 0 when there is nothing to take out: somebody is loading it, or it is not
--       there (nothing was written; a hash without buckets would be taken for a coupon that was loaded before)

local coupon = redis.call('HMGET', KEYS[1], 'buckets', 'loader', 'loader_until', 'status')
if not coupon[1] then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if coupon[2] and now < tonumber(coupon[3]) then return 0 end
local reign = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if coupon[4] then redis.call('HSET', KEYS[1], 'closed_reign', reign) end
redis.call('HDEL', KEYS[1], 'status')
redis.call('HSET', KEYS[1],
  'loader', ARGV[1], 'loader_until', string.format('%.0f', now + ARGV[2]), 'loader_for', ARGV[2],
  'loader_reign', reign)
return tonumber(coupon[1])
