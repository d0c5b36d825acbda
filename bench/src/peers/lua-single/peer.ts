import type { Peer } from "../peer.ts";
import { auditAccepts } from "../shop/audit-accepts.ts";
import { withRedis } from "../shop/connect-redis.ts";

/** The whole decision in one script, called once for every user: right in every way, and what batching is measured against. */
export const luaSingle: Peer = {
  name: "lua-single",
  title: "one EVALSHA a call: open? stock? already? number it, hand it off (gate only)",
  needs: ["redis"],
  users: { quick: 60_000, full: 200_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  prepare: (env) =>
    withRedis(env, async (redis) => {
      const { coupon } = keysOf(env.couponId);
      await redis.hset(coupon, { status: "PUBLISHABLE", quantity: env.quantity, next_no: 1, opens_at: Date.now() });
    }),
  audit: (env, told) =>
    withRedis(env, async (redis) => {
      const entries = await redis.xrange(keysOf(env.couponId).handoff, "-", "+");
      return auditAccepts(told, new Set(entries.map(([, fields]) => fields[3] ?? "")), env.quantity);
    }),
};

export function keysOf(couponId: string): Record<"coupon" | "winners" | "handoff", string> {
  const key = (name: string): string => `coupon:${couponId}:${name}`;
  return { coupon: key("terms"), winners: key("winners"), handoff: key("handoff") };
}
