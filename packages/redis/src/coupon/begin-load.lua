-- Closes a coupon's gate for loading, and makes the caller its one loader. Atomic.
--
-- KEYS  1 the coupon's hash
-- ARGV  token, how long the caller may be silent in ms, "rebuild" or "load", buckets and base for a coupon not seen before
-- Returns { "begun", buckets, base, past } | { "loaded" } (nothing to do) | { "loading" } (somebody else is at it)
--       where past is "loaded": it was loaded before, and closed in this reign; "first": its first load at all was begun in
--       this reign, and never completed; "none": neither, so this Redis may lack anything of it
--
-- Without its status the coupon answers NOT_LOADED to everyone, so nobody is accepted from a half-loaded coupon. What an
-- earlier load (or life) wrote stays: winners are only ever added, and next_no never falls. Only terms that an earlier loader was
-- told of (sync-terms.lua) go: the caller reads terms after this, and the rows count, be they set back.
--
-- A reign is the time for which one server is the primary, from its start or promotion on. Within it nothing is lost that was
-- acknowledged. In another, after a failover, a restart or a restore, winners may be missing: what the loader had written is not
-- believed, and it is not waited for. Its name is the replication id, and not the run id: a primary that was replaced, has taken
-- its successor's data and is primary again has kept its run id. (The first replica of a server gives it a new one as well; then
-- a load is begun anew for nothing.)
--
-- `loader_reign` is that of the loader's token. `closed_reign` is that in which an open gate was closed by somebody who does not
-- doubt what it holds; it stays until the gate opens, so that a load which failed before it had waited for what may be missing
-- does not keep the next one from waiting.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local coupon = redis.call('HMGET', KEYS[1],
  'status', 'loader', 'loader_until', 'buckets', 'base', 'next_no', 'first', 'loader_for', 'loader_reign',
  'closed_reign')
local reign = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')

if coupon[1] and ARGV[3] ~= 'rebuild' then return { 'loaded' } end
if coupon[2] and coupon[2] ~= ARGV[1] and (coupon[9] or reign) == reign and now < tonumber(coupon[3]) then
  -- Further off than ever allowed: the clock was set back since. The silence begins anew, or it would last until the old time.
  if coupon[8] and now + coupon[8] < tonumber(coupon[3]) then
    redis.call('HSET', KEYS[1], 'loader_until', string.format('%.0f', now + coupon[8]))
  end
  return { 'loading' }
end

redis.call('HDEL', KEYS[1], 'status', 'told')
redis.call('HSET', KEYS[1],
  'loader', ARGV[1], 'loader_until', string.format('%.0f', now + ARGV[2]), 'loader_for', ARGV[2], 'loader_reign', reign)
local buckets, base = coupon[4], coupon[5]
if not buckets then
  buckets, base = ARGV[4], ARGV[5]
  redis.call('HSET', KEYS[1], 'buckets', buckets, 'base', base)
end
local past = 'none'
if coupon[6] and (coupon[1] or coupon[10] == reign) then
  past = 'loaded'
elseif not coupon[6] and coupon[7] == reign then
  past = 'first'
end
return { 'begun', buckets, base, past }
