import type { Migration } from "./migration.ts";

// No foreign keys: an order item's would lock its product's row, which payments fight over, whenever an order is written.
export const orders: Migration = {
  name: "0002-orders",
  statements: [
    `CREATE TABLE IF NOT EXISTS product (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      name VARCHAR(200) NOT NULL,
      price_krw BIGINT UNSIGNED NOT NULL,
      stock INT UNSIGNED NOT NULL,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS orders (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      status ENUM('CREATED', 'PAID', 'CANCELLED') NOT NULL,
      amount_krw BIGINT UNSIGNED NOT NULL,
      discount_krw BIGINT UNSIGNED NOT NULL,
      coupon_id BIGINT UNSIGNED NULL,
      coupon_returning_since DATETIME(3) NULL,
      created_at DATETIME(3) NOT NULL,
      paid_at DATETIME(3) NULL,
      paid_day CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
      cancelled_at DATETIME(3) NULL,
      PRIMARY KEY (id),
      KEY orders_of_user (user_id, id),
      KEY orders_of_day (paid_day, id),
      KEY orders_by_status (status, created_at)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS order_item (
      order_id BIGINT UNSIGNED NOT NULL,
      product_id BIGINT UNSIGNED NOT NULL,
      product_name VARCHAR(200) NOT NULL,
      price_krw BIGINT UNSIGNED NOT NULL,
      quantity INT UNSIGNED NOT NULL,
      PRIMARY KEY (order_id, product_id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS outbox (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      order_id BIGINT UNSIGNED NOT NULL,
      payload TEXT NOT NULL,
      due_at DATETIME(3) NOT NULL,
      attempts INT UNSIGNED NOT NULL DEFAULT 0,
      next_attempt_at DATETIME(3) NOT NULL,
      last_error VARCHAR(500) NULL,
      created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      PRIMARY KEY (id),
      KEY outbox_next (kind, next_attempt_at)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  ],
};
