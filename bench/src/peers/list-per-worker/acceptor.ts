import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { loadLua } from "../shop/load-lua.ts";
import { listOf, WORKERS } from "./peer.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const lists = Array.from({ length: WORKERS }, (_, worker) => listOf(env.couponId, worker));
  const take = loadLua(redis, new URL("./decide-and-push.lua", import.meta.url), 1 + WORKERS);
  const winners = `coupon:${env.couponId}:winners`;
  return {
    accept: async (userId) => ((await take(winners, ...lists, userId, env.quantity)) === 1 ? "ACCEPTED" : "LOST_RACE"),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
