import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { loadLua } from "../shop/load-lua.ts";
import { keysOf } from "./peer.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const decide = loadLua(redis, new URL("./gate.lua", import.meta.url), 3);
  const { coupon, winners, handoff } = keysOf(env.couponId);
  return {
    accept: async (userId) => (Number(await decide(coupon, winners, handoff, userId)) > 0 ? "ACCEPTED" : "LOST_RACE"),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
