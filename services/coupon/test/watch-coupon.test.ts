import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  CouponStatus,
  WatchCouponRequestSchema,
  type WatchCouponResponse,
  WatchCouponResponseSchema,
} from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { DeafReader } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { collect, take } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, db, servers, service } = await startTestService();
const WATCH_COUPON = "/firstcome.coupon.v1.CouponAdminService/WatchCoupon";
const interval = durationFromMs(100);

describe("WatchCoupon", () => {
  it("tells how the coupon stands at the start, then how it goes on", async () => {
    const couponId = await createCoupon(admin, { quantity: 3 });
    const messages: WatchCouponResponse[] = [];

    for await (const message of admin.watchCoupon({ couponId, interval })) {
      messages.push(message);
      if (messages.length === 1) {
        for (const userId of ["a", "b"]) await coupons.issueCoupon({ couponId, userId });
        await commitRows(db, couponId, ["a"]);
      }
      if (message.issued === 1 && message.coupon?.status === CouponStatus.PUBLISHABLE) {
        await admin.pauseCoupon({ couponId });
      }
      if (message.coupon?.status === CouponStatus.PAUSED) break;
    }

    expect(messages[0]).toMatchObject({
      remaining: 3,
      accepted: 0,
      issued: 0,
      acceptedPerSecond: 0,
      issuedPerSecond: 0,
    });
    expect(messages.at(-1)).toMatchObject({ remaining: 1, accepted: 2, issued: 1, coupon: { version: 2 } });
    for (const [i, message] of messages.entries()) {
      const before = messages[i - 1] ?? message;
      expect(message.acceptedPerSecond > 0).toBe(message.accepted > before.accepted);
      expect(message.issuedPerSecond > 0).toBe(message.issued > before.issued);
    }
  });

  it("makes no messages for a reader who does not read, and then tells how things are by then", async () => {
    const couponId = await createCoupon(admin, { quantity: 3 });
    const request = toBinary(WatchCouponRequestSchema, create(WatchCouponRequestSchema, { couponId, interval }));
    const deaf = await DeafReader.call(service.address, WATCH_COUPON, request);
    // More than what a stream holds that nobody reads, by far.
    const seen = await take(admin.watchCoupon({ couponId, interval }), 50);
    await coupons.issueCoupon({ couponId, userId: "a" });

    let stale = 0;
    for await (const message of deaf.listen()) {
      if (fromBinary(WatchCouponResponseSchema, message).accepted === 1) break;
      stale += 1;
    }
    expect(stale).toBeGreaterThan(0);
    expect(stale).toBeLessThan(seen.length / 2);
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

    const ended = watching.next().catch((error: unknown) => error);
    await stopping.service[Symbol.asyncDispose]();

    expect(await ended).toMatchObject({ code: Code.UNAVAILABLE, reason: "SERVER_STOPPING" });
  });

  it("stops when its watcher leaves", async () => {
    const leaving = await startOn(servers);
    const couponId = await createCoupon(admin);

    expect(await take(leaving.admin.watchCoupon({ couponId }), 1)).toHaveLength(1);

    await leaving.service[Symbol.asyncDispose]();
  });
});
