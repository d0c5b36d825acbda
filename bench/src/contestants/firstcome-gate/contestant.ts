import { connectRedis, CouponState, createKeys } from "@firstcome/redis";
import { openInGate } from "../../open-in-gate.ts";
import { doubleCounterFull } from "../../peers/double-counter-full/peer.ts";
import type { Peer, PeerEnv } from "../../peers/peer.ts";
import { auditAccepts } from "../../peers/shop/audit-accepts.ts";

/**
 * Firstcome's gate by itself, called in the acceptor's process as the peers are: what the peers that end at the accept are to be held
 * against. It decides, numbers, remembers the winner and hands off; nobody takes the hand-off.
 */
export const firstcomeGate: Peer = {
  name: "firstcome-gate",
  title: "Firstcome's gate alone, called in process (gate only)",
  needs: ["redis"],
  // As many as of what it is held against: Redis takes longer over a winner the more there are.
  users: doubleCounterFull.users,
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  prepare: (env) => withState(env, (state) => openInGate(state, env)),
  audit: (env, told) =>
    withState(env, async (state) => {
      const winners = new Set<string>();
      for await (const chunk of state.winners(env.couponId)) for (const { userId } of chunk) winners.add(userId);
      // By what Redis holds, even where nobody was told of it.
      return { ...auditAccepts(told, winners, env.quantity), overIssued: Math.max(0, winners.size - env.quantity) };
    }),
};

async function withState<T>({ redisUrl }: PeerEnv, work: (state: CouponState) => Promise<T>): Promise<T> {
  const redis = await connectRedis({ url: redisUrl, name: "bench" });
  try {
    return await work(new CouponState({ redis, keys: createKeys() }));
  } finally {
    redis.disconnect();
  }
}
