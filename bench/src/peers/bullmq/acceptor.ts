import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { openSmallGate } from "../shop/small-gate.ts";
import { jobOf, openIssueQueue } from "./issue-queue.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const hasWon = openSmallGate(redis, env);
  const queue = openIssueQueue(env);
  await queue.waitUntilReady();
  return {
    async accept(userId) {
      if (!(await hasWon(userId))) return "LOST_RACE";
      const { name, data, opts } = jobOf(env.couponId, userId);
      await queue.add(name, data, opts);
      return "ACCEPTED";
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      redis.disconnect();
    },
  };
};
export default start;
