import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { countersOf } from "./peer.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const { requested, issued } = countersOf(env.couponId);
  return {
    async accept() {
      if ((await redis.incr(requested)) > env.quantity) return "LOST_RACE";
      return (await redis.incr(issued)) > env.quantity ? "LOST_RACE" : "ACCEPTED";
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
