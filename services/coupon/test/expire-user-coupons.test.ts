import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { UserCouponStatus } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { expireUserCoupons } from "../src/jobs/expire-user-coupons.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db, service } = await startTestService();
const { app } = service;
const HOUR = 3_600_000;

/** A coupon that is good for an hour, with rows accepted at these times, numbered from 1. */
async function wonAt(times: readonly number[]): Promise<string> {
  const couponId = await createCoupon(admin, { quantity: 5_000, validFor: durationFromMs(HOUR) });
  for (const [i, acceptedAt] of times.entries()) {
    await commitRows(db, couponId, [`user-${i + 1}`], { firstNo: i + 1, acceptedAt });
  }
  return couponId;
}

async function states(couponId: string): Promise<string[]> {
  const [rows] = await db.pool.query("SELECT status FROM user_coupon WHERE coupon_id = ? ORDER BY issue_no", [
    couponId,
  ]);
  return (rows as { status: string }[]).map(({ status }) => status);
}

describe("the expiry job", () => {
  it("notes what was not used in time, once, and nothing else", async () => {
    const now = Date.now();
    const couponId = await wonAt([now - 3 * HOUR, now - 2 * HOUR, now - HOUR, now - HOUR + 1]);
    await db.pool.query("UPDATE user_coupon SET status = 'USED' WHERE coupon_id = ? AND issue_no = 2", [couponId]);
    const counted: number[] = [];
    const deps = { ...app, onExpired: (rows: number) => counted.push(rows) };

    expect(await expireUserCoupons(deps, now)).toBe(2);
    expect(await states(couponId)).toEqual(["EXPIRED", "USED", "EXPIRED", "ISSUED"]);
    expect(await expireUserCoupons(deps, now)).toBe(0);
    expect(await expireUserCoupons(deps, now + 1)).toBe(1);
    expect(counted.reduce((sum, rows) => sum + rows, 0)).toBe(3);
  });

  it("goes through more rows than one statement takes", async () => {
    const couponId = await wonAt([]);
    const users = Array.from({ length: 2_500 }, (_, i) => `user-${i + 1}`);
    await commitRows(db, couponId, users, { acceptedAt: Date.now() - 2 * HOUR });

    expect(await expireUserCoupons(app, Date.now())).toBe(2_500);
    expect(new Set(await states(couponId))).toEqual(new Set(["EXPIRED"]));
  });

  it("changes nothing of what users are told", async () => {
    const couponId = await wonAt([Date.now() - 2 * HOUR]);
    const told = async () => (await coupons.listUserCoupons({ userId: "user-1" })).userCoupons;
    const mine = async () => (await told()).find((userCoupon) => userCoupon.couponId === couponId);
    const before = await mine();
    await expireUserCoupons(app, Date.now());

    expect(before?.status).toBe(UserCouponStatus.EXPIRED);
    expect(await mine()).toEqual(before);
    const use = coupons.useCoupon({ couponId, userId: "user-1", orderId: "7", orderAmountKrw: 20_000n });
    await expect(use).rejects.toMatchObject({ reason: "USER_COUPON_EXPIRED" });
  });

  it("leaves coupons alone that are good for ever", async () => {
    const couponId = await createCoupon(admin);
    await commitRows(db, couponId, ["kim"], { acceptedAt: 0 });

    await expireUserCoupons(app, Date.now());

    expect(await states(couponId)).toEqual(["ISSUED"]);
  });
});
