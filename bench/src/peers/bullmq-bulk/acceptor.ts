import { jobOf, openIssueQueue } from "../bullmq/issue-queue.ts";
import type { AcceptAnswer, StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { openSmallGate } from "../shop/small-gate.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env, { enableAutoPipelining: true });
  const hasWon = openSmallGate(redis, env);
  const queue = openIssueQueue(env);
  await queue.waitUntilReady();
  const acceptMany = async (userIds: readonly string[]): Promise<AcceptAnswer[]> => {
    const won = await Promise.all(userIds.map(hasWon));
    const winners = userIds.filter((_, i) => won[i]);
    if (winners.length > 0) await queue.addBulk(winners.map((userId) => jobOf(env.couponId, userId)));
    return won.map((accepted) => (accepted ? "ACCEPTED" : "LOST_RACE"));
  };
  return {
    accept: async (userId) => (await acceptMany([userId]))[0] ?? "LOST_RACE",
    acceptMany,
    async [Symbol.asyncDispose]() {
      await queue.close();
      redis.disconnect();
    },
  };
};
export default start;
