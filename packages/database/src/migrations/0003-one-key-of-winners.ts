import type { Migration } from "./migration.ts";

// One key where there were two: unique over user and coupon, it refuses a second row of a winner and finds a user's coupons.
// Users come in no order, so each such key costs an insert a search of its own: without the second one MariaDB 10.11 takes
// a quarter less CPU per row. A user's page sorts what that user has, which is little.
//
// Neither server drops a key only if it is there, in words that both understand; so the step looks for itself.
export const oneKeyOfWinners: Migration = {
  name: "0003-one-key-of-winners",
  statements: [
    `SET @step = IF(
      EXISTS (
        SELECT 1 FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = 'user_coupon' AND index_name = 'user_coupon_of_user'
      ),
      'ALTER TABLE user_coupon
        DROP KEY user_coupon_winner, DROP KEY user_coupon_of_user, ADD UNIQUE KEY user_coupon_winner (user_id, coupon_id)',
      'DO 0'
    )`,
    "PREPARE step FROM @step",
    "EXECUTE step",
    "DEALLOCATE PREPARE step",
  ],
};
