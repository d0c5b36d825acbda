-- Decides on all calls that wait for one partition, numbers the winners, and hands them off. Atomic.
--
-- KEYS  1            the partition's hand-off stream
--       2g, 2g+1     for each group g = 1, 2, …: the coupon's hash, and the name that its bucket numbers are appended to
-- ARGV  for each group: coupon id, mode ("race", "grant", or "find": nobody wins), the least next_no that the caller has seen
--       and the `load` that it belonged to (0 and empty: none), " load load " of those that it had seen before that one (empty:
--       none); then JSON, each in the order of the users: ids, hashes, and their buckets as texts, by the number of buckets that
--       comes last (0: the caller knows of none). One text for all, because a client takes longer over an argument than Lua over
--       its part of a text (0.55 µs of Node a user), and JSON, because a pattern costs Lua twice as much
-- Returns, for each group, one of
--       { -1 }                                    the coupon is not loaded: load it and ask again
--       { -2 }                                    this Redis has forgotten numbers that the caller has seen
--       { why, at, first, base, opens, load, buckets }    all users won: numbers first, first + 1, … in their order
--       { why, at, first, base, opens, load, buckets, r1, r2, … }  for each user 1: won the next number; 0: lost, and `why`
--                                                 says why; "number:offset": had won before, at base + offset
-- where why is 1 sold out, 2 not open, 3 paused, 4 finished; at, base and opens are epoch ms by the clock of Redis.
--
-- next_no never falls while `load` stays the same, and no `load` comes back that another has followed, but in a Redis that came
-- back with older data. That one would give numbers again that others were told.
-- Time never runs backwards within a coupon, so the order of the numbers is the order of `at` whatever the clock does.
-- A call that is repeated finds its user among the winners and gets the same number.

local call, format = redis.call, string.format

-- Which bucket each user is in. As texts, since `..` would write a number as a fraction, which takes Redis longer.
local function bucketsOf(hashes, buckets)
  for i = 1, #hashes do hashes[i] = format('%d', hashes[i] % buckets) end
  return hashes
end

local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local answers = {}
local arg = 1

for k = 2, #KEYS, 2 do
  local coupon_key, winners_key = KEYS[k], KEYS[k + 1]
  local coupon_id, mode, seen, seen_load, over, users, hashes, bucket_of, counted = unpack(ARGV, arg, arg + 8)
  arg = arg + 9
  local coupon = call('HMGET', coupon_key,
    'status', 'quantity', 'next_no', 'opens_at', 'closes_at', 'base', 'buckets', 'last_at', 'load')
  local status, buckets, load = coupon[1], coupon[7], coupon[9] or ''

  if not status then
    answers[#answers + 1] = { -1 }
  elseif (load == seen_load and tonumber(coupon[3]) < tonumber(seen))
    or (over ~= '' and string.find(over, ' ' .. load .. ' ', 1, true)) then
    answers[#answers + 1] = { -2 }
  else
    local grant = mode == 'grant'
    local next_no, opens, closes = tonumber(coupon[3]), tonumber(coupon[4]), tonumber(coupon[5])
    local base = tonumber(coupon[6])
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

    users = cjson.decode(users)
    bucket_of = counted == buckets and cjson.decode(bucket_of) or bucketsOf(cjson.decode(hashes), buckets)
    local winner = format('%%d:%d', at - base)
    -- Mostly all win; then there are no results, and the winners are the users.
    local won, results = users, nil
    for i = 1, #users do
      local user, bucket = users[i], winners_key .. bucket_of[i]
      if left > 0 and call('HSETNX', bucket, user, format(winner, next_no)) == 1 then
        if results then
          won[#won + 1] = user
          results[i] = 1
        end
        next_no = next_no + 1
        left = left - 1
      else
        if not results then
          won, results = {}, {}
          for before = 1, i - 1 do won[before], results[before] = users[before], 1 end
        end
        results[i] = call('HGET', bucket, user) or 0
      end
    end

    if #won > 0 then
      call('HSET', coupon_key, 'next_no', next_no, 'last_at', format('%.0f', at))
      call('XADD', KEYS[1], '*',
        'c', coupon_id, 'n', first, 't', format('%.0f', at), 'u', table.concat(won, ' '))
    end

    local answer = { why, at, first, base, opens, load, tonumber(buckets) }
    if results then
      for i = 1, #users do answer[7 + i] = results[i] end
    end
    answers[#answers + 1] = answer
  end
end

return answers
