-- Ends a lease, if it is still the caller's. Atomic.
--
-- KEYS  1 the lease
-- ARGV  the caller's token
-- Returns 1, or 0 when it had run out or belongs to another

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
