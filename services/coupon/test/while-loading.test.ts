import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it, vi } from "vitest";
import { couponRequest, createCoupon } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { users } from "./support/issue-many.ts";
import { loadElsewhere } from "./support/load-elsewhere.ts";
import { metricAt } from "./support/metric-at.ts";
import { take } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, service, db, redis, keys, servers } = await startTestService({ METRICS_PORT: "0" });
const { ACCEPTED } = IssueOutcome;
const comeBack = { code: Code.UNAVAILABLE, reason: "GATE_UNAVAILABLE", retryAfterMs: 1_000 };
const full = { code: Code.RESOURCE_EXHAUSTED, reason: "GATE_QUEUE_FULL" };

/** A coupon that another process loads until it is released. */
async function loadingCoupon(): Promise<{ couponId: string; release: () => void; loaded: Promise<unknown> }> {
  const couponId = await createCoupon(admin);
  await forgetCoupon(redis, keys, couponId);
  return { couponId, ...(await loadElsewhere({ redis, keys }, couponId)) };
}

/** Nobody reads winners from the database until the work is done. */
async function withoutRows(work: () => Promise<void>): Promise<void> {
  const connection = await db.pool.getConnection();
  await connection.query("LOCK TABLES user_coupon WRITE");
  try {
    await work();
  } finally {
    await connection.query("UNLOCK TABLES");
    connection.release();
  }
}

describe("IssueCoupon, while its coupon is loaded", () => {
  it("leaves room for calls about other coupons, however many ask for this one", async () => {
    const { coupons: small } = await startOn(servers, { RPC_MAX_CALLS: "8" });
    const { couponId, release } = await loadingCoupon();
    const open = await createCoupon(admin);

    const refused: unknown[] = [];
    const asked = users(8).map((userId) => small.issueCoupon({ couponId, userId }));
    for (const call of asked) call.catch((error: unknown) => refused.push(error));
    await eventually(() => expect(refused).toMatchObject(Array.from({ length: 6 }, () => full)));
    expect(await small.issueCoupon({ couponId: open, userId: "kim" })).toMatchObject({ outcome: ACCEPTED });
    release();

    const told = await Promise.allSettled(asked);
    expect(told.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  });

  it("is turned away when too many wait for all loads together", async () => {
    const { coupons: small } = await startOn(servers, { RPC_MAX_CALLS: "8" });
    const loading = await Promise.all([1, 2, 3].map(() => loadingCoupon()));
    const asked = loading.map(({ couponId }) =>
      users(2).map((userId) => small.issueCoupon({ couponId, userId }).catch((error: unknown) => error)),
    );

    // Two wait for each of two coupons.
    expect(await Promise.race(asked.flat())).toMatchObject(full);
    for (const { release } of loading) release();

    const told = await Promise.all(asked.flat());
    expect(told.filter((answer) => answer instanceof Error)).toHaveLength(2);
  });

  it("gives its room back at its deadline, though the load goes on", async () => {
    const { couponId, release } = await loadingCoupon();
    const running = (): Promise<number> =>
      metricAt(service.metricsAddress, "firstcome_rpc_calls_running", 'CouponService/IssueCoupon"');

    const asked = coupons.issueCoupon({ couponId, userId: "kim" }, { timeoutMs: 200 });
    await expect(asked).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });

    await eventually(async () => expect(await running()).toBe(0));
    expect(await redis.hexists(keys.coupon(couponId), "loader")).toBe(1);
    release();
  });

  it("is told to come back when it has waited for as long as callers may, and is answered once the coupon is loaded", async () => {
    const { coupons: hasty } = await startOn(servers, { GATE_LOAD_PATIENCE_MS: "50" });
    const { couponId, release, loaded } = await loadingCoupon();

    await expect(hasty.issueCoupon({ couponId, userId: "kim" })).rejects.toMatchObject(comeBack);
    release();
    await loaded;

    const answer = await eventually(() => hasty.issueCoupon({ couponId, userId: "kim" }));
    expect(answer).toMatchObject({ outcome: ACCEPTED, issueNo: 1 });
  });

  it("leaves behind a load that goes on without it", async () => {
    const { coupons: hasty } = await startOn(servers, { GATE_LOAD_PATIENCE_MS: "50" });
    const couponId = await createCoupon(admin);
    await forgetCoupon(redis, keys, couponId);

    await withoutRows(async () => {
      await expect(hasty.issueCoupon({ couponId, userId: "kim" })).rejects.toMatchObject(comeBack);
    });

    await eventually(async () => expect(await redis.hexists(keys.coupon(couponId), "status")).toBe(1));
  });
});

describe("a service that stops while it loads a coupon", () => {
  it("gives the load up, so that others need not wait until it counts as dead", async () => {
    const stopping = await startOn(servers, { GATE_LOAD_PATIENCE_MS: "50", GATE_SETTLE_MS: "300000" });
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    await forgetCoupon(redis, keys, couponId);
    await expect(stopping.coupons.issueCoupon({ couponId, userId: "lee" })).rejects.toMatchObject(comeBack);
    await eventually(async () => expect(await redis.hexists(keys.coupon(couponId), "loader")).toBe(1));

    await stopping.service[Symbol.asyncDispose]();

    expect(await redis.hexists(keys.coupon(couponId), "loader")).toBe(0);
    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ outcome: ACCEPTED, issueNo: 2 });
  });
});

describe("CreateCoupon, when the rows cannot be read for a while", () => {
  it("is answered, and the coupon opens when they can", async () => {
    const { admin: hasty } = await startOn(servers, { GATE_LOAD_PATIENCE_MS: "50" });
    let couponId = "";

    await withoutRows(async () => {
      couponId = (await hasty.createCoupon(couponRequest())).coupon?.id ?? "";
      expect(await redis.hexists(keys.coupon(couponId), "status")).toBe(0);
    });

    await eventually(async () => expect(await redis.hexists(keys.coupon(couponId), "status")).toBe(1));
  });
});

describe("IssueCoupons, while a coupon is loaded", () => {
  it("tells its batches to come back", async () => {
    const { coupons: hasty } = await startOn(servers, { GATE_LOAD_PATIENCE_MS: "50" });
    const { couponId, release } = await loadingCoupon();
    const stream = hasty.issueCoupons();

    stream.write({ batchId: 1, couponId, userIds: ["kim", "lee"] });

    const { code, reason } = comeBack;
    expect(await take(stream, 1)).toMatchObject([{ batchId: 1, error: { code, reason, retryDelay: { seconds: 1n } } }]);
    stream.end();
    release();
  });

  it("goes on reading batches of other coupons", async () => {
    const { couponId, release } = await loadingCoupon();
    const open = await createCoupon(admin);
    const stream = coupons.issueCoupons();

    const batches = [1, 2, 3, 4].map((batchId) => ({ batchId, couponId, userIds: users(1_000, `batch-${batchId}`) }));
    for (const batch of [...batches, { batchId: 5, couponId: open, userIds: ["kim"] }]) stream.write(batch);

    // Two of them wait, which are as many users as may.
    const told = (await take(stream, 3)).toSorted((a, b) => a.batchId - b.batchId);
    const refused = { error: { reason: full.reason } };
    expect(told).toMatchObject([
      { batchId: 3, ...refused },
      { batchId: 4, ...refused },
      { batchId: 5, outcomes: [ACCEPTED] },
    ]);
    release();
    expect((await take(stream, 2)).map(({ error }) => error)).toEqual([undefined, undefined]);
    stream.end();
  });

  it("asks the gate for nobody whose stream is gone by then", async () => {
    const { couponId, release, loaded } = await loadingCoupon();
    const open = await createCoupon(admin);
    const asked = vi.spyOn(service.app.gate, "issueAll");
    const stream = coupons.issueCoupons();
    stream.write({ batchId: 1, couponId, userIds: ["kim", "lee"] });
    await eventually(() => expect(asked).toHaveBeenCalledOnce());

    stream.cancel();
    // On the same connection: it comes after the end of the stream.
    await coupons.issueCoupon({ couponId: open, userId: "kim" });
    release();
    await loaded;

    const failed = (): Promise<number> =>
      metricAt(service.metricsAddress, "firstcome_issue_batches_failed_total", 'reason="DEADLINE_EXCEEDED"');
    await eventually(async () => expect(await failed()).toBe(1));
    expect(asked).toHaveBeenCalledOnce();
    expect(await coupons.issueCoupon({ couponId, userId: "park" })).toMatchObject({ outcome: ACCEPTED, issueNo: 1 });
  });
});
