import type { Peer } from "../peer.ts";
import { auditAccepts } from "../shop/audit-accepts.ts";
import { withRedis } from "../shop/connect-redis.ts";

/**
 * The two counters made to do what the gate does: SADD tells who has won already, XADD hands the winner off. Two pipelines a
 * call, since only who is new and was counted within the stock may be handed off. Between them it can crash: then a piece is gone and nobody has it.
 */
export const doubleCounterFull: Peer = {
  name: "double-counter-full",
  title: "two counters, SADD for who has won, XADD to hand off, in two pipelines a call (gate only)",
  needs: ["redis"],
  users: { quick: 120_000, full: 400_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  untestedFault: "a crash between the two pipelines takes a piece with it",
  prepare: async () => {},
  audit: (env, told) =>
    withRedis(env, async (redis) => {
      const entries = await redis.xrange(keysOf(env.couponId).handoff, "-", "+");
      return auditAccepts(told, new Set(entries.map(([, fields]) => fields[1] ?? "")), env.quantity);
    }),
};

export function keysOf(couponId: string): Record<"requested" | "issued" | "winners" | "handoff", string> {
  const key = (name: string): string => `coupon:${couponId}:${name}`;
  return { requested: key("requested"), issued: key("issued"), winners: key("winners"), handoff: key("handoff") };
}
