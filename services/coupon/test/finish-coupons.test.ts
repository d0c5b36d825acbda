import { CouponStatus, IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it, vi } from "vitest";
import { finishCoupons } from "../src/jobs/finish-coupons.ts";
import { Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { commitRows, createCoupon, fromNow } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { bury, deleteFromHandoff, discard } from "./support/hand-off.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db, redis, keys, service } = await startTestService();
const { app } = service;
const stores = { redis, keys };
const HOUR = 3_600_000;

const inTwoHours = {
  ...app,
  gateState: { ...app.gateState, now: async (couponId: string) => (await app.gateState.now(couponId)) + 2 * HOUR },
};

async function status(couponId: string): Promise<CouponStatus | undefined> {
  return (await admin.getCoupon({ couponId })).coupon?.status;
}

describe("the finish job", () => {
  it("finishes a coupon when as many rows are written as it has pieces, not before", async () => {
    const couponId = await createCoupon(admin, { quantity: 2 });
    for (const userId of ["a", "b"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["a"]);

    expect(await finishCoupons(app)).toEqual([]);
    expect(await status(couponId)).toBe(CouponStatus.PUBLISHABLE);
    await commitRows(db, couponId, ["b"], { firstNo: 2 });
    expect(await finishCoupons(app)).toEqual([couponId]);

    expect(await status(couponId)).toBe(CouponStatus.FINISHED);
    expect(await coupons.issueCoupon({ couponId, userId: "c" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
    expect(await coupons.issueCoupon({ couponId, userId: "a" })).toMatchObject({ issueNo: 1 });
    expect(await finishCoupons(app)).toEqual([]);
  });

  it("counts the stock that was added meanwhile", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await coupons.issueCoupon({ couponId, userId: "a" });
    await commitRows(db, couponId, ["a"]);
    await admin.addStock({ requestId: couponId, couponId, quantity: 1 });

    expect(await finishCoupons(app)).toEqual([]);
  });

  it("finishes a coupon whose window is over when every number is written, not before", async () => {
    const couponId = await createCoupon(admin, { quantity: 10, closesAt: fromNow(HOUR) });
    for (const userId of ["a", "b"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["a"]);

    expect(await finishCoupons(inTwoHours)).toEqual([]);
    await commitRows(db, couponId, ["b"], { firstNo: 2 });
    expect(await finishCoupons(app)).toEqual([]);
    expect(await finishCoupons(inTwoHours)).toEqual([couponId]);

    expect(await redis.hget(keys.coupon(couponId), "status")).toBe("FINISHED");
  });

  it("ends nothing early on a machine whose clock is ahead: the gate lets users in by its own", async () => {
    const couponId = await createCoupon(admin, { quantity: 10, closesAt: fromNow(HOUR) });
    await coupons.issueCoupon({ couponId, userId: "a" });
    await commitRows(db, couponId, ["a"]);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * HOUR });
    const finished = await finishCoupons(app).finally(() => vi.useRealTimers());

    expect(finished).toEqual([]);
    expect(await coupons.issueCoupon({ couponId, userId: "b" })).toMatchObject({ outcome: IssueOutcome.ACCEPTED });
  });

  it("counts numbers that an operator has discarded as sold, the last one too, but not those that may still be written", async () => {
    const couponId = await createCoupon(admin, { quantity: 3 });
    for (const userId of ["a", "b", "c"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["a"]);
    await bury(stores, couponId, "BAD_ROW");

    expect(await finishCoupons(app)).toEqual([]);
    await discard(stores, couponId);

    expect(await finishCoupons(app)).toEqual([couponId]);
  });

  it("counts numbers that are lost for good as sold", async () => {
    const couponId = await createCoupon(admin, { quantity: 3, closesAt: fromNow(HOUR) });
    for (const userId of ["a", "b", "c"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["c"], { firstNo: 3 });
    await deleteFromHandoff(stores, couponId);
    await forgetCoupon(redis, keys, couponId);
    await coupons.issueCoupon({ couponId, userId: "d" });

    expect(await finishCoupons(inTwoHours)).toEqual([]);
    const reconciler = new Reconciler(app);
    for (let pass = 0; pass < 2; pass += 1) await reconciler.runOnce(Date.now());

    expect(await finishCoupons(inTwoHours)).toEqual([couponId]);
  });

  it("counts a number that is a row once, although somebody's claim to it was discarded", async () => {
    const couponId = await createCoupon(admin, { quantity: 2 });
    for (const userId of ["a", "b"]) await coupons.issueCoupon({ couponId, userId });
    await commitRows(db, couponId, ["somebody-else"]);
    await bury(stores, couponId, "NUMBER_CONFLICT");
    await discard(stores, couponId, ["a"]);

    expect(await finishCoupons(app)).toEqual([]);
  });

  it("counts and reports rows beyond the quantity", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await commitRows(db, couponId, ["a", "b", "c"]);
    const excess: number[] = [];

    const finished = await finishCoupons({ ...app, onOverIssued: (rows) => excess.push(rows) });

    expect(finished).toEqual([couponId]);
    expect(excess).toEqual([2]);
  });

  it("takes stock that was added while it counted for no alarm", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await commitRows(db, couponId, ["a"]);
    const excess: number[] = [];
    const rows = {
      highestNo: (id: string) => app.rows.highestNo(id),
      committed: (id: string, issueNos: readonly number[]) => app.rows.committed(id, issueNos),
      async count(id: string) {
        await admin.addStock({ requestId: couponId, couponId, quantity: 2 });
        await commitRows(db, couponId, ["b"], { firstNo: 2 });
        return app.rows.count(id);
      },
    };

    expect(await finishCoupons({ ...app, rows, onOverIssued: (more) => excess.push(more) })).toEqual([]);
    expect(excess).toEqual([]);
  });

  it("does not keep the other coupons from theirs when one fails", async () => {
    const broken = await createCoupon(admin, { quantity: 1 });
    const couponId = await createCoupon(admin, { quantity: 1 });
    for (const id of [broken, couponId]) await commitRows(db, id, ["a"]);
    const rows = {
      count: (id: string) => (id === broken ? Promise.reject(new Error("broken")) : app.rows.count(id)),
      highestNo: (id: string) => app.rows.highestNo(id),
      committed: (id: string, issueNos: readonly number[]) => app.rows.committed(id, issueNos),
    };

    expect(await finishCoupons({ ...app, rows })).toEqual([couponId]);
    expect(await finishCoupons(app)).toEqual([broken]);
  });
});
