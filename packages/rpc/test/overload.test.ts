import { CouponService } from "@firstcome/contracts/coupon";
import { Health, ServingStatus } from "@firstcome/contracts/health";
import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { Code, createClient, type RpcError } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { open, serve } from "./support/serve.ts";

const CONNECTIONS = 8;
/** One call takes much more of the process than a turn may last. */
const CALL_MS = 60;
const request = { couponId: "1", userId: "mina" };

describe("a server that has more calls than it can serve", () => {
  it("serves for as long as a turn may last and tells the others when to come back; health is answered", async () => {
    const metrics = createMetrics({ name: "test" });
    const { clients, health } = await serveSlowly(10, metrics);

    const [answers, checks] = await Promise.all([
      Promise.allSettled(clients.map((client) => client.issueCoupon(request))),
      Promise.all(health.map((client) => client.check({}))),
    ]);
    const errors = answers.filter((answer) => answer.status === "rejected").map(({ reason }) => reason as RpcError);

    expect(answers.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "OVERLOADED" });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    expect(checks.map(({ status }) => status)).toEqual(checks.map(() => ServingStatus.SERVING));
    const shed = await metrics.registry.getSingleMetric("firstcome_rpc_calls_shed_total")?.get();
    expect(shed?.values[0]?.value).toBe(errors.length);
  });

  it("is well as soon as there is less", async () => {
    const { clients } = await serveSlowly(10);
    await Promise.allSettled(clients.map((client) => client.issueCoupon(request)));
    expect(await clients[0]?.issueCoupon(request)).toMatchObject({ issueNo: 7 });
  });

  it("sheds nothing when it is told not to", async () => {
    const { clients } = await serveSlowly(0);
    const answers = await Promise.all(clients.map((client) => client.issueCoupon(request)));
    expect(answers.map(({ issueNo }) => issueNo)).toEqual(clients.map(() => 7));
  });
});

/** A server on which each call keeps the whole process busy, and connections to it. */
async function serveSlowly(maxTurnMs: number, metrics = createMetrics({ name: "test" })) {
  const server = await serve(
    [
      coupons({
        async issueCoupon() {
          for (const until = performance.now() + CALL_MS; performance.now() < until;);
          return { issueNo: 7 };
        },
      }),
    ],
    { limits: { maxTurnMs }, metrics },
  );
  const channels = Array.from({ length: CONNECTIONS }, () => open(server));
  await Promise.all(channels.map((channel) => channel.connect(10_000)));
  return {
    clients: channels.map((channel) => createClient(CouponService, channel)),
    health: channels.map((channel) => createClient(Health, channel)),
  };
}
