import { describe, expect, it } from "vitest";
import { type ForgetCouponsDeps, forgetOldCoupons } from "../src/jobs/forget-old-coupons.ts";
import { type RecheckDeps, recheckCompleted } from "../src/jobs/recheck-completed.ts";
import { type ReconcileDeps, Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { UnwrittenNumbers } from "../src/storage/unwritten-numbers.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { bury, deleteFromHandoff, discard, onItsWay } from "./support/hand-off.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db, redis, keys, service } = await startTestService();
const { app } = service;
const stores = { redis, keys };
const COMPLETE_AT = Date.UTC(2026, 0, 2);

async function twoPasses(deps: ReconcileDeps = app): Promise<void> {
  const reconciler = new Reconciler(deps);
  for (let pass = 0; pass < 2; pass += 1) await reconciler.runOnce(COMPLETE_AT);
}

/** A finished coupon of kim, lee and park, of which nothing is open. `discarded`: those who have no row. */
async function completeCoupon(discarded: readonly string[] = []): Promise<string> {
  const couponId = await createCoupon(admin);
  for (const userId of ["kim", "lee", "park"]) {
    const { issueNo } = await coupons.issueCoupon({ couponId, userId });
    if (discarded.includes(userId)) await bury(stores, couponId);
    else await commitRows(db, couponId, [userId], { firstNo: issueNo });
    await deleteFromHandoff(stores, couponId);
  }
  await discard(stores, couponId);
  await admin.finishCoupon({ couponId });
  await twoPasses();
  expect(await forgettable()).toContain(couponId);
  return couponId;
}

/** As the job does. */
async function forgetOld(deps: RecheckDeps & ForgetCouponsDeps = app): Promise<string[]> {
  const { whole } = await recheckCompleted(deps);
  return forgetOldCoupons(deps, { by: COMPLETE_AT, whole });
}

async function forgettable(): Promise<string[]> {
  return (await Array.fromAsync(app.standings.completedBy(COMPLETE_AT))).flat();
}

describe("the recheck of complete coupons", () => {
  it("finds those that have lost rows, which are handed off again and do not leave Redis meanwhile", async () => {
    const couponId = await completeCoupon();
    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ? AND issue_no = 2", [couponId]);

    expect((await recheckCompleted(app)).short).toEqual([couponId]);

    // This process believes for an hour what it has seen written, but does not take the coupon for complete again.
    await twoPasses();
    expect(await forgetOld()).not.toContain(couponId);
    await twoPasses({ ...app, unwritten: new UnwrittenNumbers({ rows: app.rows, now: () => 0 }) });
    expect(await onItsWay(stores, couponId)).toMatchObject([{ users: ["lee"], firstNo: 2 }]);
  });

  it("leaves those alone whose numbers were given up, when they are back from the rows, which do not tell of that", async () => {
    const couponId = await completeCoupon(["lee"]);
    await forgetOld();
    await admin.rebuildGate({ couponId });
    expect(await redis.exists(keys.givenUp(couponId))).toBe(0);

    expect((await recheckCompleted(app)).short).toEqual([]);

    expect(await forgettable()).toContain(couponId);
  });

  it("keeps those in Redis that it could not count", async () => {
    const [failing, other] = [await completeCoupon(), await completeCoupon()];
    const count = (id: string): Promise<number> =>
      id === failing ? Promise.reject(new Error("the database is away")) : app.rows.count(id);

    const forgotten = await forgetOld({ ...app, rows: { count } });

    expect(forgotten).toContain(other);
    expect(forgotten).not.toContain(failing);

    expect(await redis.hget(keys.coupon(failing), "status")).toBe("FINISHED");
    expect(await forgetOld()).toContain(failing);
  });

  it("counts those as well of which a pass that was cut off has left something", async () => {
    const couponId = await completeCoupon();
    await redis.hdel(keys.coupon(couponId), "status");
    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ? AND issue_no = 2", [couponId]);

    expect(await forgetOld()).not.toContain(couponId);

    expect(await redis.exists(keys.coupon(couponId))).toBe(1);
    expect(await forgettable()).not.toContain(couponId);
  });

  it("leaves those alone whose missing rows are given up, and those that have left Redis", async () => {
    const [discarded, gone] = [await completeCoupon(["lee", "park"]), await completeCoupon()];
    await app.retiring.retire(gone);
    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ?", [gone]);

    expect((await recheckCompleted(app)).short).toEqual([]);

    expect(await forgettable()).toContain(discarded);
  });
});
