import type { Migration } from "./migration.ts";
import { unlessPresent } from "./unless-present.ts";

// A coupon that is finished and whose every number is a row needs no further look, and may leave Redis some time later; the
// number tells a Redis that came back with older data. Request ids are forgotten by age.
export const completedCoupons: Migration = {
  name: "0004-completed-coupons",
  statements: [
    ...unlessPresent(
      "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'coupon' AND column_name = 'completed_no'",
      "ALTER TABLE coupon ADD COLUMN completed_no INT UNSIGNED NULL, ADD COLUMN completed_at DATETIME(3) NULL",
    ),
    ...unlessPresent(
      "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'idempotency' AND index_name = 'idempotency_by_age'",
      "ALTER TABLE idempotency ADD KEY idempotency_by_age (created_at)",
    ),
  ],
};
