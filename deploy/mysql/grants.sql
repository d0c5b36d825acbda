-- What each service may do, table by table. No service may change the schema, nor see what is not its own; deleting is for
-- notes that have served. Run by an administrator after the migrations, with the variables filled in.

-- coupon: its coupons, and what becomes of users' coupons after they are issued.
GRANT SELECT ON ${MYSQL_SCHEMA}.migration TO 'fc_coupon'@'%';
GRANT SELECT, INSERT, UPDATE ON ${MYSQL_SCHEMA}.coupon TO 'fc_coupon'@'%';
GRANT SELECT, UPDATE ON ${MYSQL_SCHEMA}.user_coupon TO 'fc_coupon'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ${MYSQL_SCHEMA}.idempotency TO 'fc_coupon'@'%';

-- issuer: adds winners, and cannot touch what becomes of them. To pass over a row that is there already, MySQL asks for the
-- right to update its key, and MariaDB for that to update every column that an insert names.
GRANT SELECT ON ${MYSQL_SCHEMA}.migration TO 'fc_issuer'@'%';
GRANT SELECT, INSERT, UPDATE (coupon_id, user_id, issue_no, accepted_at) ON ${MYSQL_SCHEMA}.user_coupon TO 'fc_issuer'@'%';

-- order: products, orders and the sales that are still to be told.
GRANT SELECT ON ${MYSQL_SCHEMA}.migration TO 'fc_order'@'%';
GRANT SELECT, INSERT, UPDATE ON ${MYSQL_SCHEMA}.product TO 'fc_order'@'%';
GRANT SELECT, INSERT, UPDATE ON ${MYSQL_SCHEMA}.orders TO 'fc_order'@'%';
GRANT SELECT, INSERT ON ${MYSQL_SCHEMA}.order_item TO 'fc_order'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ${MYSQL_SCHEMA}.outbox TO 'fc_order'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ${MYSQL_SCHEMA}.idempotency TO 'fc_order'@'%';
