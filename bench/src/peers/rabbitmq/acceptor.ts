import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { openSmallGate } from "../shop/small-gate.ts";
import { publishConfirmed } from "./confirmed-publisher.ts";
import { connectRabbitmq, queueNameOf } from "./issue-queue.ts";

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const hasWon = openSmallGate(redis, env);
  const connection = await connectRabbitmq(env);
  const channel = await connection.createConfirmChannel();
  const queue = queueNameOf(env.couponId);
  return {
    async accept(userId) {
      if (!(await hasWon(userId))) return "LOST_RACE";
      await publishConfirmed(channel, queue, userId);
      return "ACCEPTED";
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      redis.disconnect();
    },
  };
};
export default start;
