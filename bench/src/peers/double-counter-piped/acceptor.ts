import { countAndHandOff } from "../double-counter-full/count-and-hand-off.ts";
import { keysOf } from "../double-counter-full/peer.ts";
import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";

/** What is sent in one turn is one pipeline, with that of all callers who ask in it. */
const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env, { enableAutoPipelining: true });
  const { requested, issued, winners, handoff } = keysOf(env.couponId);
  return {
    accept: countAndHandOff(env, redis, {
      count: (userId) => Promise.all([redis.sadd(winners, userId), redis.incr(requested)]),
      handOff: (userId) => Promise.all([redis.incr(issued), redis.xadd(handoff, "*", "user", userId)]),
    }),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
