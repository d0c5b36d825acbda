import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { keysOf } from "../double-counter-full/peer.ts";

/** What is sent in one turn is one pipeline, with that of all callers who ask in it. */
const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env, { enableAutoPipelining: true });
  const { requested, issued, winners, handoff } = keysOf(env.couponId);
  return {
    async accept(userId) {
      const [isNew, request] = await Promise.all([redis.sadd(winners, userId), redis.incr(requested)]);
      if (isNew === 0) {
        // The request of somebody who has won before takes no piece.
        await redis.decr(requested);
        return "LOST_RACE";
      }
      if (request > env.quantity) {
        await redis.srem(winners, userId);
        return "LOST_RACE";
      }
      await Promise.all([redis.incr(issued), redis.xadd(handoff, "*", "user", userId)]);
      return "ACCEPTED";
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
