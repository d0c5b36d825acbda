-- The clock by which a coupon opens and closes: that of the server which has its partition.
--
-- KEYS  the coupon's hash
-- Returns seconds since the epoch, and microseconds

return redis.call('TIME')
