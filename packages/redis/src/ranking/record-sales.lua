-- Counts an order's sales on its day, or takes them back: once, whatever is repeated and in whatever order the two come.
-- Atomic.
--
-- KEYS  1 the day's sales, 2 the orders counted in them, 3 the marker of the day's rebuild, 4 the sales as rebuilt so far,
--       5 the orders counted in those
-- ARGV  "paid" or "cancelled", order id, how long a day is kept in ms, how long a rebuild is kept in ms, then product id
--       and pieces in turn
-- Returns 1 when the day's sales changed, else 0
--
-- An order is absent, then "S" (counted), then "C" (taken back) for good. While a day is rebuilt, what happens is written
-- to both its states, each of which counts an order by itself: the rebuild reads the orders of the database one after the
-- other and would miss what comes behind it.

local paid, order = ARGV[1] == 'paid', ARGV[2]

local function count(sales, orders, was, keep)
  if was == 'C' or (paid and was == 'S') then return 0 end
  local changed = 0
  redis.call('HSET', orders, order, paid and 'S' or 'C')
  if paid or was == 'S' then
    local sign = paid and 1 or -1
    for i = 5, #ARGV, 2 do
      local sold = redis.call('ZINCRBY', sales, sign * ARGV[i + 1], ARGV[i])
      if tonumber(sold) == 0 then redis.call('ZREM', sales, ARGV[i]) end
    end
    changed = 1
  end
  redis.call('PEXPIRE', sales, keep)
  redis.call('PEXPIRE', orders, keep)
  return changed
end

local was = redis.call('HGET', KEYS[2], order)
local changed = count(KEYS[1], KEYS[2], was, ARGV[3])
if redis.call('EXISTS', KEYS[3]) == 1 then
  -- A cancellation from before the rebuild, which the rebuild copies only at its end, holds here already.
  local rebuilt = redis.call('HGET', KEYS[5], order) or (was == 'C' and 'C')
  count(KEYS[4], KEYS[5], rebuilt, ARGV[4])
end
return changed
