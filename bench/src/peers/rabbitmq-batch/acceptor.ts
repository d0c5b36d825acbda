import type { StartAcceptor } from "../peer.ts";
import { publishConfirmed } from "../rabbitmq/confirmed-publisher.ts";
import { connectRabbitmq, queueNameOf } from "../rabbitmq/issue-queue.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { loadLua } from "../shop/load-lua.ts";
import { GatheringGate } from "./gathering-gate.ts";

const MAX_BATCH = 1_000;

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const take = loadLua(redis, new URL("./batch-gate.lua", import.meta.url), 1);
  const winnersKey = `coupon:${env.couponId}:winners`;
  const connection = await connectRabbitmq(env);
  const channel = await connection.createConfirmChannel();
  const queue = queueNameOf(env.couponId);
  const gate = new GatheringGate({
    maxBatch: MAX_BATCH,
    async decide(userIds) {
      const results = await take(winnersKey, env.quantity, ...userIds);
      return results === 1 ? userIds.map(() => true) : (results as number[]).map((result) => result === 1);
    },
    handOff: (winners) => publishConfirmed(channel, queue, winners.join(" ")),
  });
  return {
    accept: async (userId) => (await gate.ask([userId]))[0] ?? "LOST_RACE",
    acceptMany: (userIds) => gate.ask(userIds),
    async [Symbol.asyncDispose]() {
      await connection.close();
      redis.disconnect();
    },
  };
};
export default start;
