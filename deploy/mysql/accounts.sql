-- The accounts of Firstcome, one for each of its services that knows MySQL. Run by an administrator, as often as one likes,
-- with the variables filled in; docker-compose.yml does it at every start. What they may do on tables is in grants.sql, which can
-- only be run once the tables are there.

CREATE USER IF NOT EXISTS 'fc_migrations'@'%';
ALTER USER 'fc_migrations'@'%' IDENTIFIED BY '${MIGRATIONS_MYSQL_PASSWORD}';
CREATE USER IF NOT EXISTS 'fc_coupon'@'%';
ALTER USER 'fc_coupon'@'%' IDENTIFIED BY '${COUPON_MYSQL_PASSWORD}';
CREATE USER IF NOT EXISTS 'fc_issuer'@'%';
ALTER USER 'fc_issuer'@'%' IDENTIFIED BY '${ISSUER_MYSQL_PASSWORD}';
CREATE USER IF NOT EXISTS 'fc_order'@'%';
ALTER USER 'fc_order'@'%' IDENTIFIED BY '${ORDER_MYSQL_PASSWORD}';

-- The only one that may change the schema; it is used when services start, by nothing that listens.
GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE ON ${MYSQL_SCHEMA}.* TO 'fc_migrations'@'%';
