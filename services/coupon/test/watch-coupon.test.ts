import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { CouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { collect, take } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, db, servers } = await startTestService();
const interval = durationFromMs(100);

describe("WatchCoupon", () => {
  it("tells how the coupon stands at the start, then how it goes on", async () => {
    const couponId = await createCoupon(admin, { quantity: 3 });
    const messages: object[] = [];

    for await (const message of admin.watchCoupon({ couponId, interval })) {
      messages.push(message);
      if (messages.length === 1) {
        await coupons.issueCoupon({ couponId, userId: "a" });
        await coupons.issueCoupon({ couponId, userId: "b" });
        await commitRows(db, couponId, ["a"]);
      }
      if (messages.length === 2) await admin.pauseCoupon({ couponId });
      if (messages.length === 3) break;
    }

    const { PUBLISHABLE, PAUSED } = CouponStatus;
    expect(messages).toMatchObject([
      {
        remaining: 3,
        accepted: 0,
        issued: 0,
        acceptedPerSecond: 0,
        issuedPerSecond: 0,
        coupon: { status: PUBLISHABLE },
      },
      { remaining: 1, accepted: 2, issued: 1, coupon: { status: PUBLISHABLE } },
      { remaining: 1, accepted: 2, issued: 1, acceptedPerSecond: 0, issuedPerSecond: 0, coupon: { status: PAUSED } },
    ]);
    const { acceptedPerSecond, issuedPerSecond } = messages[1] as {
      acceptedPerSecond: number;
      issuedPerSecond: number;
    };
    expect(acceptedPerSecond).toBeGreaterThan(0);
    expect(acceptedPerSecond).toBeCloseTo(2 * issuedPerSecond);
  });

  it("answers NOT_FOUND for a coupon that does not exist, and refuses an interval of 1 ms", async () => {
    await expect(collect(admin.watchCoupon({ couponId: "999999" }))).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
    await expect(collect(admin.watchCoupon({ couponId: "1", interval: durationFromMs(1) }))).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "interval" }],
    });
  });

  it("ends with UNAVAILABLE when the server stops, without waiting for the next message", async () => {
    const stopping = await startOn(servers);
    const couponId = await createCoupon(admin);
    const watching = stopping.admin.watchCoupon({ couponId, interval: durationFromMs(60_000) })[Symbol.asyncIterator]();
    await watching.next();

    const ended = expect(watching.next()).rejects.toMatchObject({ code: Code.UNAVAILABLE, reason: "SERVER_STOPPING" });
    await stopping.service[Symbol.asyncDispose]();

    await ended;
  });

  it("stops when its watcher leaves", async () => {
    const leaving = await startOn(servers);
    const couponId = await createCoupon(admin);

    expect(await take(leaving.admin.watchCoupon({ couponId }), 1)).toHaveLength(1);

    await leaving.service[Symbol.asyncDispose]();
  });
});
