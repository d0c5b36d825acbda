import { IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

// Whoever took a load for one after a loss would be closed for longer than a test may last.
const { admin, coupons, db, redis, keys } = await startTestService({ GATE_SETTLE_MS: "300000" });

describe("a new coupon", () => {
  it("whose first load fails opens with the next one, without waiting for what workers cannot have", async () => {
    await db.pool.query("RENAME TABLE user_coupon TO user_coupon_away");
    const couponId = await createCoupon(admin);
    // It has come as far as to be noted in MySQL as one that is in the gate.
    expect(await redis.hexists(keys.coupon(couponId), "first")).toBe(1);
    await db.pool.query("RENAME TABLE user_coupon_away TO user_coupon");

    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({
      outcome: IssueOutcome.ACCEPTED,
      issueNo: 1,
    });
    expect(await redis.hexists(keys.coupon(couponId), "first")).toBe(0);
  });
});
