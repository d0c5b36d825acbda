import type { Peer } from "../peer.ts";
import { auditCounter } from "../shop/audit-accepts.ts";
import { withRedis } from "../shop/connect-redis.ts";

/**
 * Two counters, as a large shop runs them: the counter of requests turns away whoever comes after the stock is gone, the counter of
 * issues numbers those that are let through and has the last word. Both only grow, so it never over-issues. It does not know who has won,
 * and hands nothing off: `double-counter-full` does.
 */
export const doubleCounter: Peer = {
  name: "double-counter",
  title: "INCR a counter of requests, then one of issues (gate only)",
  needs: ["redis"],
  users: { quick: 60_000, full: 300_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  prepare: async () => {},
  audit: (env, told) =>
    withRedis(env, async (redis) =>
      auditCounter(told, Number(await redis.get(countersOf(env.couponId).issued)), env.quantity),
    ),
  fault: { title: "everybody asks twice", users: 1_000, quantity: 2_000, asks: 2 },
};

export function countersOf(couponId: string): { readonly requested: string; readonly issued: string } {
  return { requested: `coupon:${couponId}:requested`, issued: `coupon:${couponId}:issued` };
}
