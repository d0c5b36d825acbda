import { join } from "node:path";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { Health, ServingStatus } from "@firstcome/contracts/health";
import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { Code, createClient, type RpcError } from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const MAX_CALLS = 4;
const ask = { couponId: "1", userId: "mina" };
const pem = (name: string): string => join(import.meta.dirname, "support/certs", name);

describe("a server that works on as many calls as it may", () => {
  it("tells others when to come back, and serves all whom it has let in", async () => {
    const { coupon, metrics, hold } = await serveHeld();
    const { calls, release } = await hold(MAX_CALLS);

    const refused = await Promise.all(Array.from({ length: 20 }, () => failureOf(coupon.issueCoupon(ask))));
    for (const error of refused) {
      expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "OVERLOADED" });
      expect((error as RpcError).retryAfterMs).toBeGreaterThan(0);
    }
    const shed = await metrics.registry.getSingleMetric("firstcome_rpc_calls_shed_total")?.get();
    expect(shed?.values[0]?.value).toBe(refused.length);

    release();
    expect((await Promise.all(calls)).map(({ issueNo }) => issueNo)).toEqual(calls.map(() => 7));
    expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
  });

  it("lets no more of a crowd in, although the headers of all of it come before the first message", async () => {
    const { coupon, crowd } = await serveHeld();
    const { worked, answers } = await crowd(100 * MAX_CALLS);
    expect(worked).toBe(MAX_CALLS);
    expect(answers.filter((answer) => answer === "OVERLOADED")).toHaveLength(99 * MAX_CALLS);
    expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
  });

  it("opens no streams, goes on with those that are open, and answers operators and health checks", async () => {
    const { coupon, admin, health, hold } = await serveHeld();
    const before = coupon.issueCoupons();
    const answers = before[Symbol.asyncIterator]();
    before.write({ batchId: 1, couponId: "1", userIds: ["mina"] });
    expect((await answers.next()).value).toMatchObject({ batchId: 1 });
    const { calls, release } = await hold(MAX_CALLS);

    const after = coupon.issueCoupons();
    expect(await failureOf(after[Symbol.asyncIterator]().next())).toMatchObject({ reason: "OVERLOADED" });
    before.write({ batchId: 2, couponId: "1", userIds: ["mina"] });
    expect((await answers.next()).value).toMatchObject({ batchId: 2 });
    expect(await admin.pauseCoupon({ couponId: "1" })).toMatchObject({ $typeName: expect.any(String) });
    expect(await health.check({})).toMatchObject({ status: ServingStatus.SERVING });

    before.end();
    release();
    await Promise.all(calls);
  });

  it("does not count streams among them", async () => {
    const { coupon } = await serveHeld();
    for (let batchId = 1; batchId <= 3 * MAX_CALLS; batchId += 1) {
      const stream = coupon.issueCoupons();
      stream.write({ batchId, couponId: "1", userIds: ["mina"] });
      expect((await stream[Symbol.asyncIterator]().next()).value).toMatchObject({ batchId });
    }
    expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
  });

  it("has room again in place of calls that fail, and of those that are given up once they are done with", async () => {
    const { coupon, hold } = await serveHeld();
    for (let round = 0; round < 3 * MAX_CALLS; round += 1) {
      expect(await failureOf(coupon.issueCoupon({ ...ask, userId: "fails" }))).toMatchObject({ code: Code.INTERNAL });
    }
    const giveUp = new AbortController();
    const { calls, release } = await hold(MAX_CALLS, giveUp.signal);
    giveUp.abort();
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: Code.CANCELLED });
    expect(await failureOf(coupon.issueCoupon(ask))).toMatchObject({ reason: "OVERLOADED" });
    release();
    expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
  });

  it.each([
    ["plain text", {}, {}],
    [
      "TLS",
      { tls: { certFile: pem("server.pem"), keyFile: pem("server.key.pem") } },
      { tls: { caFile: pem("ca.pem") } },
    ],
  ])("hears every connection though some never cease to ask, over %s", async (_, spec, options) => {
    const { server, hold } = await serveHeld(spec, options);
    const { calls, release } = await hold(MAX_CALLS);
    const floods = Array.from({ length: 6 }, () => floodOver(createClient(CouponService, open(server, options))));

    // Each is refused many times while all others ask as well.
    await Promise.all(floods.map(({ refusedSome }) => refusedSome));
    await Promise.all(floods.map(({ stop }) => stop()));
    release();
    expect((await Promise.all(calls)).map(({ issueNo }) => issueNo)).toEqual(calls.map(() => 7));
  });
});

type Served = Awaited<ReturnType<typeof serveHeld>>;

/** Keeps 50 calls under way until it is stopped. */
function floodOver(coupon: Served["coupon"]): { refusedSome: Promise<void>; stop: () => Promise<unknown> } {
  const { promise: refusedSome, resolve } = Promise.withResolvers<void>();
  const stopping = new AbortController();
  let refused = 0;
  const askOn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      expect(await failureOf(coupon.issueCoupon(ask))).toMatchObject({ reason: "OVERLOADED" });
      if (++refused === 100) resolve();
    }
  };
  const asking = Promise.all(Array.from({ length: 50 }, askOn));
  asking.catch(resolve);
  return {
    refusedSome,
    stop: () => {
      stopping.abort();
      return asking;
    },
  };
}

/** A server that works on four calls at once, clients of it, and calls that it is told not to answer yet. */
async function serveHeld(spec: Parameters<typeof serve>[1] = {}, options: Parameters<typeof open>[1] = {}) {
  const metrics = createMetrics({ name: "test" });
  const waiting = new Set<() => void>();
  let onBegun: () => void = () => {};
  const server = await serve(
    [
      coupons({
        async issueCoupon({ userId }) {
          if (userId === "fails") throw new Error("as it is told");
          if (userId === "held") {
            await new Promise<void>((resolve) => {
              waiting.add(resolve);
              onBegun();
            });
          }
          return { issueNo: 7 };
        },
        async issueCoupons(stream) {
          for await (const { batchId } of stream) stream.write({ batchId });
        },
      }),
      couponAdmin({ pauseCoupon: async () => ({}) }),
    ],
    { ...spec, limits: { maxCalls: MAX_CALLS }, metrics },
  );
  const channel = open(server, options);
  const coupon = createClient(CouponService, channel);
  /** Resolves when so many more calls are worked on, until they are released. */
  const hold = async (count: number, signal?: AbortSignal) => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    onBegun = () => {
      if (waiting.size === count) resolve();
    };
    const calls = Array.from({ length: count }, () =>
      coupon.issueCoupon({ ...ask, userId: "held" }, signal && { signal }),
    );
    await begun;
    const release = (): void => {
      for (const done of waiting) done();
      waiting.clear();
    };
    return { calls, release };
  };
  /** Lets so many ask at once, and releases those that are worked on when all others have been told. */
  const crowd = async (count: number) => {
    const answers: string[] = [];
    let worked = 0;
    const settle = (answer: string): void => {
      answers.push(answer);
      if (answers.length + waiting.size < count) return;
      worked = Math.max(worked, waiting.size);
      for (const done of waiting) done();
      waiting.clear();
    };
    const asking = Array.from({ length: count }, async () => {
      const call = coupon.issueCoupon({ ...ask, userId: "held" });
      settle(
        await call.then(
          () => "SERVED",
          (error: RpcError) => error.reason,
        ),
      );
    });
    await Promise.all(asking);
    return { worked, answers };
  };
  return {
    server,
    crowd,
    metrics,
    coupon,
    admin: createClient(CouponAdminService, channel),
    health: createClient(Health, channel),
    hold,
  };
}
