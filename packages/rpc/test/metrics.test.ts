import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { createMetrics, type Metrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { type Channel, createClient, notFound } from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { collect, failureOf, open, serve } from "./support/serve.ts";

describe("the metrics of a server", () => {
  it("count calls by method and code, and time them", async () => {
    const metrics = createMetrics({ name: "test" });
    const server = await serve(
      [
        coupons({
          async issueCoupon({ userId }) {
            if (userId === "nobody") throw notFound("COUPON_NOT_FOUND", "no such coupon");
            return {};
          },
        }),
        couponAdmin({
          async *watchCoupon() {
            yield {};
          },
        }),
      ],
      { metrics },
    );
    const channel = open(server);
    const client = createClient(CouponService, channel);
    for (const userId of ["mina", "jiho"]) await client.issueCoupon({ couponId: "1", userId });
    await failureOf(client.issueCoupon({ couponId: "1", userId: "nobody" }));
    await failureOf(client.issueCoupon({ couponId: "1", userId: "no spaces" }));
    await collect(createClient(CouponAdminService, channel).watchCoupon({ couponId: "1" }));

    const issue = "firstcome.coupon.v1.CouponService/IssueCoupon";
    const watch = "firstcome.coupon.v1.CouponAdminService/WatchCoupon";
    expect((await callsOf(metrics)).filter(({ value }) => value > 0)).toEqual([
      { labels: { method: issue, code: "OK" }, value: 2 },
      { labels: { method: issue, code: "INVALID_ARGUMENT" }, value: 1 },
      { labels: { method: issue, code: "NOT_FOUND" }, value: 1 },
      { labels: { method: watch, code: "OK" }, value: 1 },
    ]);
    const text = await metrics.registry.metrics();
    expect(text).toContain(`firstcome_rpc_call_seconds_count{method="${issue}",service="test"} 4`);
    expect(text).toContain(`firstcome_rpc_call_seconds_bucket{method="${issue}",le="+Inf",service="test"} 4`);
    expect(text).toContain(`firstcome_rpc_calls_running{method="${issue}",service="test"} 0`);
  });

  it("say 0 from the start for what nobody foresaw, of the methods that are served and of no other", async () => {
    const metrics = createMetrics({ name: "test" });
    await serve([coupons({ issueCoupon: async () => ({}) })], { metrics });

    const calls = await callsOf(metrics);
    const methods = new Set(calls.map(({ labels }) => labels["method"]));
    expect(methods).toContain("firstcome.coupon.v1.CouponService/IssueCoupon");
    expect([...methods].filter((method) => String(method).includes("CouponAdminService"))).toEqual([]);
    expect(calls).toEqual(
      [...methods].flatMap((method) =>
        ["UNKNOWN", "INTERNAL", "DATA_LOSS"].map((code) => ({ labels: { method, code }, value: 0 })),
      ),
    );
  });

  it.each([0, 2])("count the connections that are open, with a limit for each peer (%d) or without", async (limit) => {
    const metrics = createMetrics({ name: "test" });
    const limits = { maxConnectionsPerPeer: limit };
    const server = await serve([coupons({ issueCoupon: async () => ({}) })], { metrics, limits });
    const connections = async (): Promise<number | undefined> =>
      (await metrics.registry.getSingleMetric("firstcome_rpc_connections")?.get())?.values[0]?.value;
    const ask = async (): Promise<Channel> => {
      const channel = open(server);
      await createClient(CouponService, channel).issueCoupon({ couponId: "1", userId: "mina" });
      return channel;
    };
    expect(await connections()).toBe(0);
    const channels = [await ask(), await ask()];
    expect(await connections()).toBe(2);
    channels[0]?.close();
    await expect.poll(connections, { timeout: 60_000 }).toBe(1);
  });
});

async function callsOf({ registry }: Metrics): Promise<Counted[]> {
  return (await registry.getSingleMetric("firstcome_rpc_calls_total")?.get())?.values ?? [];
}

interface Counted {
  labels: Partial<Record<string, string | number>>;
  value: number;
}
