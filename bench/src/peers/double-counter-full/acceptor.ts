import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { countAndHandOff } from "./count-and-hand-off.ts";
import { keysOf } from "./peer.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const { requested, issued, winners, handoff } = keysOf(env.couponId);
  return {
    accept: countAndHandOff(env, redis, {
      count: (userId) => numbers(redis.pipeline().sadd(winners, userId).incr(requested)),
      handOff: (userId) => redis.pipeline().incr(issued).xadd(handoff, "*", "user", userId).exec(),
    }),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;

/** @throws the first error of the pipeline */
async function numbers(pipeline: {
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}): Promise<[number, number]> {
  const replies = (await pipeline.exec()) ?? [];
  const failure = replies.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
  return [Number(replies[0]?.[1]), Number(replies[1]?.[1])];
}
