-- Decides on all calls that wait for one partition, numbers the winners, and hands them off. Atomic.
--
-- KEYS  1            the partition's hand-off stream
--       2g, 2g+1     for each group g = 1, 2, …: the coupon's hash, and the name that its bucket numbers are appended to
-- ARGV  for each group: coupon id, mode ("race", "grant", or "find": nobody wins), the least next_no that the caller has seen
--       and the `load` that it belonged to (0 and empty: none), " load load " of those that it had seen before that one (empty:
--       none), number of users, and "hash user hash user …": user hash and user id of each, joined with spaces. In one string,
--       because a client takes longer over an argument than Lua over its part of this one (0.55 µs of Node a user less, Redis
--       the same; batches of 128)
-- Returns, for each group, one of
--       { -1 }                                    the coupon is not loaded: load it and ask again
--       { -2 }                                    this Redis has forgotten numbers that the caller has seen
--       { why, at, first, base, opens, load }     all users won: numbers first, first + 1, … in their order
--       { why, at, first, base, opens, load, r1, r2, … }  for each user 1: won the next number; 0: lost, and `why` says
--                                                 why; "number:offset": had won before, at base + offset
-- where why is 1 sold out, 2 not open, 3 paused, 4 finished; at, base and opens are epoch ms by the clock of Redis.
--
-- next_no never falls while `load` stays the same, and no `load` comes back that another has followed, but in a Redis that came
-- back with older data. That one would give numbers again that others were told.
-- Time never runs backwards within a coupon, so the order of the numbers is the order of `at` whatever the clock does.
-- A call that is repeated finds its user among the winners and gets the same number.

local call, format = redis.call, string.format
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local answers = {}
local arg = 1

for k = 2, #KEYS, 2 do
  local coupon_key, winners_key = KEYS[k], KEYS[k + 1]
  local coupon_id, mode, seen, seen_load = ARGV[arg], ARGV[arg + 1], tonumber(ARGV[arg + 2]), ARGV[arg + 3]
  local over, users, asking = ARGV[arg + 4], tonumber(ARGV[arg + 5]), ARGV[arg + 6]
  arg = arg + 7
  local coupon = call('HMGET', coupon_key,
    'status', 'quantity', 'next_no', 'opens_at', 'closes_at', 'base', 'buckets', 'last_at', 'load')
  local status, load = coupon[1], coupon[9] or ''

  if not status then
    answers[#answers + 1] = { -1 }
  elseif (load == seen_load and tonumber(coupon[3]) < seen)
    or (over ~= '' and string.find(over, ' ' .. load .. ' ', 1, true)) then
    answers[#answers + 1] = { -2 }
  else
    local grant = mode == 'grant'
    local next_no, opens, closes = tonumber(coupon[3]), tonumber(coupon[4]), tonumber(coupon[5])
    local base, buckets = tonumber(coupon[6]), tonumber(coupon[7])
    local first, at = next_no, math.max(now, tonumber(coupon[8]))
    local left, why = tonumber(coupon[2]) - next_no + 1, 1
    if status == 'FINISHED' or (closes and now >= closes) then
      left, why = 0, 4
    elseif not grant and now < opens then
      left, why = 0, 2
    elseif not grant and status == 'PAUSED' then
      left, why = 0, 3
    elseif mode == 'find' then
      left = 0
    end

    -- `..` writes a number as a fraction, which takes Redis longer than %d: 8 % of all it does here.
    local bucket_name = string.gsub(winners_key, '%%', '%%%%') .. '%d'
    local winner = format('%%d:%d', at - base)
    local won, results, i = {}, {}, 0
    for hash, user in string.gmatch(asking, '(%d+) (%S+)') do
      i = i + 1
      local bucket = format(bucket_name, hash % buckets)
      if left > 0 and call('HSETNX', bucket, user, format(winner, next_no)) == 1 then
        won[#won + 1] = user
        results[i] = 1
        next_no = next_no + 1
        left = left - 1
      else
        results[i] = call('HGET', bucket, user) or 0
      end
    end

    if #won > 0 then
      call('HSET', coupon_key, 'next_no', next_no, 'last_at', format('%.0f', at))
      call('XADD', KEYS[1], '*',
        'c', coupon_id, 'n', first, 't', format('%.0f', at), 'u', table.concat(won, ' '))
    end

    local answer = { why, at, first, base, opens, load }
    if #won < users then
      for r = 1, users do answer[6 + r] = results[r] end
    end
    answers[#answers + 1] = answer
  end
end

return answers
