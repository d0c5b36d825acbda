import { IssueOutcome } from "@firstcome/contracts/coupon";
import { CouponState } from "@firstcome/redis";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CompleteCoupons } from "../src/storage/complete-coupons.ts";
import { CouponLoader } from "../src/storage/coupon-loader.ts";
import { LoadWaiters } from "../src/storage/load-waiters.ts";
import { createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, redis, keys, service } = await startTestService();
const { app } = service;

interface Row {
  change: "finishCoupon" | "pauseCoupon" | "resumeCoupon" | "addStock";
  from: { quantity: number; paused: boolean };
  before: IssueOutcome;
  after: IssueOutcome;
}

const { ACCEPTED, FINISHED, PAUSED, SOLD_OUT } = IssueOutcome;
const open = { quantity: 10, paused: false };

describe("a change that is answered while another process has read older terms, and has not opened the gate yet", () => {
  it.each<Row>([
    { change: "finishCoupon", from: open, before: ACCEPTED, after: FINISHED },
    { change: "pauseCoupon", from: open, before: ACCEPTED, after: PAUSED },
    { change: "resumeCoupon", from: { quantity: 10, paused: true }, before: PAUSED, after: ACCEPTED },
    { change: "addStock", from: { quantity: 1, paused: false }, before: SOLD_OUT, after: ACCEPTED },
  ])("is what everybody is decided on by from then on: $change", async ({ change, from, before, after }) => {
    const couponId = await createCoupon(admin, { quantity: from.quantity });
    await coupons.issueCoupon({ couponId, userId: "first" });
    if (from.paused) await admin.pauseCoupon({ couponId });
    expect(await coupons.issueCoupon({ couponId, userId: "before" })).toMatchObject({ outcome: before });
    const { read, release, rebuilt } = rebuildElsewhere(couponId);
    await read;

    if (change === "addStock") await admin.addStock({ couponId, requestId: randomUUID(), quantity: 5 });
    else await admin[change]({ couponId });
    release();

    expect(await rebuilt).toMatchObject({ nextNo: before === ACCEPTED ? 3 : 2 });
    expect(await coupons.issueCoupon({ couponId, userId: "after" })).toMatchObject({ outcome: after });
  });
});

/** Another process that loads a coupon anew, and goes on with the terms that it has read last when it is released. */
function rebuildElsewhere(couponId: string): {
  read: Promise<void>;
  release: () => void;
  rebuilt: Promise<unknown>;
} {
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let rows: "UNREAD" | "READ" | "OLD" = "UNREAD";
  const loader = new CouponLoader({
    state: new CouponState({ redis, keys }),
    coupons: {
      async find(id) {
        // Whatever it would mend by one more look it does not.
        if (rows === "OLD") throw new Error("the database is away");
        const coupon = await app.coupons.find(id);
        if (rows === "UNREAD") return coupon;
        rows = "OLD";
        hasRead();
        await released;
        return coupon;
      },
    },
    rows: {
      async *chunks(id) {
        yield* app.rows.chunks(id);
        rows = "READ";
      },
    },
    bookkeeping: app.standings,
    unknown: app.unknown,
    complete: new CompleteCoupons(() => performance.now()),
    settleMs: 0,
    waiters: new LoadWaiters({ maxInAll: 10, maxForOne: 10, patienceMs: 60_000, now: () => Date.now() }),
    now: () => Date.now(),
    onLoaded: () => undefined,
  });
  return { read, release, rebuilt: loader.rebuild(couponId).catch(String) };
}
