import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { loadLua } from "../shop/load-lua.ts";
import { channelOf } from "./peer.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const take = loadLua(redis, new URL("./decide-and-publish.lua", import.meta.url), 1);
  const winners = `coupon:${env.couponId}:winners`;
  const channel = channelOf(env.couponId);
  return {
    accept: async (userId) => ((await take(winners, userId, env.quantity, channel)) === 1 ? "ACCEPTED" : "LOST_RACE"),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
