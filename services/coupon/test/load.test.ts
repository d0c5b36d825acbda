import { IssueOutcome } from "@firstcome/contracts/coupon";
import { CouponState } from "@firstcome/redis";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { CompleteCoupons } from "../src/storage/complete-coupons.ts";
import { CouponLoader } from "../src/storage/coupon-loader.ts";
import { LoadWaiters } from "../src/storage/load-waiters.ts";
import { commitRows, couponRequest, createCoupon } from "./support/coupons.ts";
import { forgetCoupon, keysOfCoupon } from "./support/gate-keys.ts";
import { loadElsewhere } from "./support/load-elsewhere.ts";
import { issueAtOnce, issueInBatches, numbers, range, users } from "./support/issue-many.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, coupons, db, redis, keys, servers } = service;

describe("a coupon that Redis has lost", () => {
  it("comes back with winners and numbers, from the rows and from what is on its way, before anybody is told anything", async () => {
    const couponId = await createCoupon(admin, { quantity: 4_000 });
    const written = await issueInBatches(service, couponId, users(1_500, "written"));
    await commitRows(
      db,
      couponId,
      written.map(({ userId }) => userId),
    );
    // Written and acknowledged: gone from the stream.
    await redis.xtrim(keys.handoff(keys.partitionOf(couponId)), "MAXLEN", 0);
    const onTheWay = await issueInBatches(service, couponId, users(500, "on-the-way"));
    await forgetCoupon(redis, keys, couponId);
    const other = await startOn(servers);

    const winners = [...written, ...onTheWay];
    const fresh = users(1_000, "fresh");
    const mixed = winners.flatMap(({ userId }, i) => (i % 2 === 0 ? [userId, fresh[i / 2] ?? userId] : [userId]));
    const told = await Promise.all([issueAtOnce(service, couponId, mixed), issueAtOnce(other, couponId, mixed)]);

    const before = new Map(winners.map(({ userId, issueNo }) => [userId, issueNo]));
    for (const { userId, issueNo, outcome } of told.flat()) {
      if (!before.has(userId)) continue;
      expect({ userId, issueNo, outcome }).toEqual({
        userId,
        issueNo: before.get(userId),
        outcome: IssueOutcome.ALREADY_ISSUED,
      });
    }
    expect(numbers(told.flat())).toEqual(range(2_001, 3_000));
  });

  it("answers GetUserCoupon and GetCoupon as before", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    const before = await coupons.getUserCoupon({ couponId, userId: "kim" });
    const counts = await admin.getCoupon({ couponId });

    await forgetCoupon(redis, keys, couponId);
    expect(await coupons.getUserCoupon({ couponId, userId: "kim" })).toEqual(before);
    await forgetCoupon(redis, keys, couponId);
    expect(await admin.getCoupon({ couponId })).toEqual(counts);
  });

  it("waits for a load that another process is at", async () => {
    const couponId = await createCoupon(admin);
    await forgetCoupon(redis, keys, couponId);
    const { release, loaded } = await loadElsewhere(service, couponId);

    const asked = coupons.issueCoupon({ couponId, userId: "kim" });
    await expect(admin.rebuildGate({ couponId })).rejects.toMatchObject({ code: Code.ABORTED, reason: "GATE_LOADING" });
    release();

    expect(await loaded).toMatchObject({ loaded: true });
    expect(await asked).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 1 });
  });

  it("turns away more callers than may wait for a load", async () => {
    const small = await startOn(servers, { GATE_MAX_WAITING: "2" });
    const couponId = await createCoupon(admin);
    await forgetCoupon(redis, keys, couponId);
    const { release, loaded } = await loadElsewhere(service, couponId);

    const asked = users(3).map((userId) => small.coupons.issueCoupon({ couponId, userId }));
    await expect(Promise.race(asked)).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "GATE_QUEUE_FULL",
      retryAfterMs: expect.any(Number),
    });
    // A coupon made meanwhile is made, and loads itself when it is first asked for.
    const { coupon } = await small.admin.createCoupon(couponRequest());
    release();
    await loaded;

    const answers = await Promise.allSettled(asked);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(await small.coupons.issueCoupon({ couponId: coupon?.id ?? "", userId: "kim" })).toMatchObject({
      issueNo: 1,
    });
  });
});

describe("loads of many coupons at once", () => {
  it("read the winners of two at a time, and keep nobody waiting for a coupon that is open", async () => {
    const over = await Promise.all([1, 2, 3].map(() => createCoupon(admin)));
    const open = await createCoupon(admin);
    for (const couponId of over) await admin.finishCoupon({ couponId });
    for (const couponId of [...over, open]) await forgetCoupon(redis, keys, couponId);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const reading: string[] = [];
    const { app } = service.service;
    const loader = new CouponLoader({
      state: new CouponState({ redis, keys }),
      coupons: app.coupons,
      bookkeeping: app.standings,
      unknown: app.unknown,
      complete: new CompleteCoupons(() => performance.now()),
      rows: {
        async *chunks(couponId) {
          reading.push(couponId);
          if (couponId !== open) await released;
          yield* app.rows.chunks(couponId);
        },
      },
      settleMs: 0,
      waiters: new LoadWaiters({ maxInAll: 10, maxForOne: 10, patienceMs: 60_000, now: () => Date.now() }),
      now: () => Date.now(),
      onLoaded: () => undefined,
    });

    const loads = over.map((couponId) => loader.load(couponId));
    await eventually(() => reading.length === 2);
    await eventually(async () => {
      const begun = await Promise.all(over.map((couponId) => redis.hexists(keys.coupon(couponId), "loader")));
      return begun.every((one) => one === 1);
    });
    expect(await loader.load(open)).toBe("LOADED");
    expect(reading).toHaveLength(3);
    release();

    expect(await Promise.all(loads)).toEqual(["LOADED", "LOADED", "LOADED"]);
    expect(new Set(reading)).toEqual(new Set([...over, open]));
  });
});

describe("RebuildGate", () => {
  it("brings back winners that Redis has lost, and takes none away", async () => {
    const couponId = await createCoupon(admin, { quantity: 1_000 });
    const told = await issueInBatches(service, couponId, users(600));
    const names = await keysOfCoupon(redis, keys, couponId);
    const buckets = names.filter((name) => name !== keys.coupon(couponId));
    await redis.del(buckets.slice(0, Math.ceil(buckets.length / 2)));

    const rebuilt = await admin.rebuildGate({ couponId });

    expect(rebuilt).toMatchObject({ winners: 600, nextIssueNo: 601 });
    const again = await issueInBatches(
      service,
      couponId,
      told.map(({ userId }) => userId),
    );
    expect(again).toEqual(told.map((one) => ({ ...one, outcome: IssueOutcome.ALREADY_ISSUED })));
  });

  it("answers NOT_FOUND for a coupon that does not exist", async () => {
    await expect(admin.rebuildGate({ couponId: "999999" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });
});
