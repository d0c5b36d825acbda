import { connectRedis, CouponState, type CouponTerms, createKeys } from "@firstcome/redis";
import type { Peer, PeerEnv } from "../../peers/peer.ts";

/**
 * Firstcome's gate by itself, called in the acceptor's process as the peers are: what the peers that end at the accept are to be held
 * against. It decides, numbers, remembers the winner and hands off; nobody takes the hand-off.
 */
export const firstcomeGate: Peer = {
  name: "firstcome-gate",
  title: "Firstcome's gate alone, called in process (gate only)",
  needs: ["redis"],
  users: { quick: 200_000, full: 800_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  prepare: (env) => withState(env, (state) => openCoupon(state, env)),
  audit: (env, { accepted }) =>
    withState(env, async (state) => {
      const winners = new Set<string>();
      for await (const chunk of state.winners(env.couponId)) for (const { userId } of chunk) winners.add(userId);
      const told = new Set(accepted);
      return {
        accepted: told.size,
        rows: 0,
        duplicated: accepted.length - told.size,
        lost: [...told].filter((userId) => !winners.has(userId)).length,
        overIssued: Math.max(0, winners.size - env.quantity),
      };
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

/** As the coupon service does for a coupon without rows. */
async function openCoupon(state: CouponState, { couponId, quantity }: PeerEnv): Promise<void> {
  const opensAt = Date.now();
  const terms: CouponTerms = { couponId, quantity, status: "PUBLISHABLE", opensAt, closesAt: undefined, version: 1 };
  const result = await state.load(couponId, {
    terms: () => Promise.resolve(terms),
    // eslint-disable-next-line no-empty-function
    winners: async function* () {},
  });
  if (!result.loaded) throw new Error(`coupon ${couponId} could not be loaded: ${result.why}`);
}
