import { IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { forgetOldCoupons } from "../src/jobs/forget-old-coupons.ts";
import { Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { keysOfCoupon } from "./support/gate-keys.ts";
import { issueInBatches, users } from "./support/issue-many.ts";
import { startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, coupons, db, redis, keys } = service;
const { app } = service.service;
const COMPLETE_AT = Date.UTC(2026, 0, 2);

/** A coupon with these winners, all written, that is over. */
async function overCoupon(winners: number): Promise<string> {
  const couponId = await createCoupon(admin, { quantity: 60_000 });
  const told = await issueInBatches(service, couponId, users(winners));
  const inOrder = told.toSorted((a, b) => a.issueNo - b.issueNo).map(({ userId }) => userId);
  await commitRows(db, couponId, inOrder);
  await admin.finishCoupon({ couponId });
  const reconciler = new Reconciler(app);
  await reconciler.runOnce(COMPLETE_AT);
  await reconciler.runOnce(COMPLETE_AT);
  return couponId;
}

describe("coupons that were over long ago", () => {
  it("leave Redis without a trace, not too early, and come back with their winners when asked for", async () => {
    const couponId = await overCoupon(2_000);

    expect(await forgetOldCoupons(app, COMPLETE_AT - 1)).toEqual([]);
    expect((await keysOfCoupon(redis, keys, couponId)).length).toBeGreaterThan(100);
    expect(await forgetOldCoupons(app, COMPLETE_AT)).toEqual([couponId]);

    expect(await redis.exists(...(await keysOfCoupon(redis, keys, couponId)))).toBe(0);
    expect(await forgetOldCoupons(app, COMPLETE_AT)).toEqual([]);
    expect(await coupons.issueCoupon({ couponId, userId: users(1)[0] ?? "" })).toMatchObject({
      outcome: IssueOutcome.ALREADY_ISSUED,
      issueNo: 1,
    });
    expect(await forgetOldCoupons(app, COMPLETE_AT)).toEqual([couponId]);
  });

  it("take what is given up of them along", async () => {
    const couponId = await overCoupon(1);
    await app.handoffRecords.giveUp(couponId, [7]);

    await forgetOldCoupons(app, COMPLETE_AT);

    expect(await redis.exists(keys.givenUp(couponId))).toBe(0);
  });

  it("stay while somebody loads them", async () => {
    const couponId = await overCoupon(1);
    await redis.hset(keys.coupon(couponId), { loader: "somebody", loader_until: String(Date.now() + 60_000) });

    expect(await forgetOldCoupons(app, COMPLETE_AT)).toEqual([]);

    expect(await redis.hget(keys.coupon(couponId), "status")).toBe("FINISHED");
  });
});
