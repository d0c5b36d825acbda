import type { Migration } from "./migration.ts";

// A coupon that is finished and whose every number is a row needs no further look, and may leave Redis some time later; the
// number tells a Redis that came back with older data. Request ids are forgotten by age.
//
// Neither server adds what is missing, in words that both understand; so each step looks for itself.
export const completedCoupons: Migration = {
  name: "0004-completed-coupons",
  statements: [
    ...unless(
      "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'coupon' AND column_name = 'completed_no'",
      "ALTER TABLE coupon ADD COLUMN completed_no INT UNSIGNED NULL, ADD COLUMN completed_at DATETIME(3) NULL",
    ),
    ...unless(
      "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'idempotency' AND index_name = 'idempotency_by_age'",
      "ALTER TABLE idempotency ADD KEY idempotency_by_age (created_at)",
    ),
  ],
};

function unless(present: string, statement: string): string[] {
  return [
    `SET @step = IF(EXISTS (SELECT 1 FROM ${present}), 'DO 0', '${statement}')`,
    "PREPARE step FROM @step",
    "EXECUTE step",
    "DEALLOCATE PREPARE step",
  ];
}
