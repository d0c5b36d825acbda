import type { Migration } from "./migration.ts";
import { unlessPresent } from "./unless-present.ts";

// How many rows a complete coupon has: fewer than numbers, where some were given up. What is complete without that and still in
// Redis is looked through once more, which notes it. What an earlier release had retired from Redis is not: it stays "not
// complete" until somebody asks for it, which loads it.
export const completedRows: Migration = {
  name: "0005-completed-rows",
  statements: unlessPresent(
    "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'coupon' AND column_name = 'completed_rows'",
    "ALTER TABLE coupon ADD COLUMN completed_rows INT UNSIGNED NULL",
  ),
};
