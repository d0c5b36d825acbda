import type { Peer } from "../peer.ts";
import { auditCounter } from "../shop/audit-accepts.ts";
import { withRedis } from "../shop/connect-redis.ts";

/**
 * Check, then increment, as two commands: who reads the counter while another's increment is on its way is let through as well. Nor does
 * it know who has won, so the same user can win twice.
 */
export const getIncr: Peer = {
  name: "get-incr",
  title: "GET the counter, compare, INCR (gate only)",
  needs: ["redis"],
  users: { quick: 60_000, full: 300_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  prepare: async () => {},
  audit: (env, told) =>
    withRedis(env, async (redis) => auditCounter(told, Number(await redis.get(counterOf(env.couponId))), env.quantity)),
  fault: { title: "2 000 users race for 1 000 coupons", users: 2_000, quantity: 1_000 },
};

export function counterOf(couponId: string): string {
  return `coupon:${couponId}:issued`;
}
