-- Prolongs a lease, if it is still the caller's. Atomic.
--
-- KEYS  1 the lease
-- ARGV  the caller's token, for how long from now in ms
-- Returns 1, or 0 when it has run out or belongs to another

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
