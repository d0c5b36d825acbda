import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { counterOf } from "./peer.ts";

// As several instances of a service have.
const CONNECTIONS = 4;

const start: StartAcceptor = async (env) => {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectRedis(env)));
  const counter = counterOf(env.couponId);
  let next = 0;
  return {
    async accept() {
      const redis = connections[next++ % CONNECTIONS] ?? connections[0];
      if (Number(await redis?.get(counter)) >= env.quantity) return "LOST_RACE";
      await redis?.incr(counter);
      return "ACCEPTED";
    },
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect();
    },
  };
};
export default start;
