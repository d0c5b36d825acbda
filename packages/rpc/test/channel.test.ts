import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { createMetrics } from "@firstcome/runtime";
import { type Channel, type Client, Code, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { collect, failureOf, open, serve } from "./support/serve.ts";

const COUPON = { couponId: "1", userId: "mina" };

describe("a channel that is closed", () => {
  it("ends every call that is under way with CANCELLED, on both sides", async () => {
    const begun = counter(4);
    const gone = counter(4);
    const untilGone = async ({ signal }: { signal: AbortSignal }): Promise<never> => {
      signal.addEventListener("abort", gone.count, { once: true });
      begun.count();
      await gone.reached;
      throw new Error("nobody waits for this");
    };
    const { channel, client } = await connected(
      coupons({
        issueCoupon: (_request, ctx) => untilGone(ctx),
        // oxlint-disable-next-line require-yield -- a stream that says nothing
        async *watchUserCoupon(_request, ctx) {
          await untilGone(ctx);
        },
        issueCoupons: (_stream, ctx) => untilGone(ctx),
      }),
    );
    const unary = failureOf(client.issueCoupon(COUPON));
    const withSignal = failureOf(client.issueCoupon(COUPON, { signal: new AbortController().signal }));
    const serverStream = failureOf(collect(client.watchUserCoupon(COUPON)));
    const bidi = client.issueCoupons();
    const bidiRead = failureOf(collect(bidi));
    await begun.reached;
    channel.close();
    for (const failure of [unary, withSignal, serverStream, bidiRead]) {
      expect(await failure).toMatchObject({ code: Code.CANCELLED });
    }
    await bidi.closed;
    await gone.reached;
  });

  it("keeps none of the calls that are over", async () => {
    const { channel, client } = await connected(
      coupons({
        issueCoupon: async () => ({ issueNo: 1 }),
        async *watchUserCoupon() {
          yield {};
        },
        async issueCoupons() {},
      }),
    );
    await client.issueCoupon(COUPON);
    await collect(client.watchUserCoupon(COUPON));
    await failureOf(client.getUserCoupon(COUPON));
    await client.issueCoupons().closed;
    expect(channel.calls.size).toBe(0);
  });

  it("begins no more calls", async () => {
    const { channel, client } = await connected(coupons({}));
    channel.close();
    const refusal = { code: Code.CANCELLED, reason: "CHANNEL_CLOSED" };
    await expect(client.issueCoupon(COUPON)).rejects.toMatchObject(refusal);
    expect(await failureOf(collect(client.watchUserCoupon(COUPON)))).toMatchObject(refusal);
    expect(() => client.issueCoupons()).toThrow(expect.objectContaining(refusal));
    await expect(channel.connect(1_000)).rejects.toMatchObject({ reason: "NOT_CONNECTED" });
  });
});

describe("channels that are closed while nobody serves at their address", () => {
  it("do not connect to it when somebody does again", async () => {
    const service = coupons({ issueCoupon: async () => ({ issueNo: 1 }) });
    const gone = await serve([service]);
    await gone.drain(0);
    const closed = Array.from({ length: 10 }, () => open(gone));
    const witness = open(gone);
    for (const channel of [...closed, witness]) {
      expect(await failureOf(createClient(CouponService, channel).issueCoupon(COUPON))).toMatchObject({
        code: Code.UNAVAILABLE,
      });
    }
    for (const channel of closed) channel.close();

    const metrics = createMetrics({ name: "test" });
    await serve([service], { port: gone.port, metrics });
    // It failed last, and connects again when its time has come; that of the others has come then.
    await witness.connect(60_000);
    const connections = await metrics.registry.getSingleMetric("firstcome_rpc_connections")?.get();
    expect(connections?.values).toMatchObject([{ value: 1 }]);
  });
});

async function connected(
  service: ReturnType<typeof coupons>,
): Promise<{ channel: Channel; client: Client<typeof CouponService> }> {
  const channel = open(await serve([service]));
  return { channel, client: createClient(CouponService, channel) };
}

/** Counts, and says when there are so many. */
function counter(wanted: number): { count: () => void; reached: Promise<void> } {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let counted = 0;
  return { reached, count: () => void (++counted === wanted && resolve()) };
}
