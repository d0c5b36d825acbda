import type { Migration } from "./migration.ts";

// user_coupon has no foreign key to coupon: its check would lock the coupon's row on every insert, and the bulk insert
// would then wait for every change of that coupon. Its rows are keyed by number, so that an insert appends.
export const coupons: Migration = {
  name: "0001-coupons",
  statements: [
    `CREATE TABLE IF NOT EXISTS coupon (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      name VARCHAR(100) NOT NULL,
      quantity INT UNSIGNED NOT NULL,
      status ENUM('PUBLISHABLE', 'PAUSED', 'FINISHED') NOT NULL,
      opens_at DATETIME(3) NOT NULL,
      closes_at DATETIME(3) NULL,
      amount_off_krw BIGINT UNSIGNED NULL,
      percent_off TINYINT UNSIGNED NULL,
      min_order_krw BIGINT UNSIGNED NOT NULL,
      max_discount_krw BIGINT UNSIGNED NOT NULL,
      valid_for_ms BIGINT UNSIGNED NULL,
      version INT UNSIGNED NOT NULL,
      gate_version INT UNSIGNED NOT NULL,
      expired_no INT UNSIGNED NOT NULL DEFAULT 0,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS user_coupon (
      coupon_id BIGINT UNSIGNED NOT NULL,
      issue_no INT UNSIGNED NOT NULL,
      user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      status ENUM('ISSUED', 'USED', 'REVOKED', 'EXPIRED') NOT NULL DEFAULT 'ISSUED',
      accepted_at DATETIME(3) NOT NULL,
      issued_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      order_id BIGINT UNSIGNED NULL,
      used_at DATETIME(3) NULL,
      revoked_at DATETIME(3) NULL,
      revoke_reason VARCHAR(200) NULL,
      PRIMARY KEY (coupon_id, issue_no),
      UNIQUE KEY user_coupon_winner (coupon_id, user_id),
      KEY user_coupon_of_user (user_id, accepted_at, coupon_id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS idempotency (
      scope VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      resource_id BIGINT UNSIGNED NULL,
      created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      PRIMARY KEY (scope, request_id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  ],
};
