-- Counts orders in a rebuild that is the caller's. Atomic.
--
-- KEYS  1 the marker of the day's rebuild, 2 the sales as rebuilt so far, 3 the orders counted in those
-- ARGV  token, how long the caller may be silent from now in ms, how long the rebuild is kept in ms, then for each order:
--       its id, number of products, and for each of these: product id, pieces
-- Returns 1, or 0 when the caller is not the rebuilder any more (nothing was written)
--
-- An order that is there already was counted, or taken back, by record-sales.lua since the rebuild began.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local arg = 4
while arg <= #ARGV do
  local order, products = ARGV[arg], tonumber(ARGV[arg + 1])
  arg = arg + 2
  if redis.call('HSETNX', KEYS[3], order, 'S') == 1 then
    for i = arg, arg + 2 * products - 1, 2 do
      redis.call('ZINCRBY', KEYS[2], ARGV[i + 1], ARGV[i])
    end
  end
  arg = arg + 2 * products
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
