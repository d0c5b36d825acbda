import type { StartAcceptor } from "../peer.ts";
import { publishConfirmed } from "../rabbitmq/confirmed-publisher.ts";
import { connectRabbitmq, queueNameOf } from "../rabbitmq/issue-queue.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { loadLua } from "../shop/load-lua.ts";
import { type Decision, GatheringGate } from "./gathering-gate.ts";
import { encodeBatch } from "./issue-batch.ts";

const MAX_BATCH = 1_000;

const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const take = loadLua(redis, new URL("./batch-gate.lua", import.meta.url), 2);
  const keys = [`coupon:${env.couponId}:last_no`, `coupon:${env.couponId}:winners`];
  const connection = await connectRabbitmq(env);
  const channel = await connection.createConfirmChannel();
  const queue = queueNameOf(env.couponId);
  const gate = new GatheringGate({
    maxBatch: MAX_BATCH,
    decide: async (userIds) => decisionOf(userIds, (await take(...keys, env.quantity, ...userIds)) as number[]),
    handOff: (winners) => publishConfirmed(channel, queue, encodeBatch(winners)),
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

/** Reads what batch-gate.lua returns. */
function decisionOf(
  userIds: readonly string[],
  [firstNo = 0, acceptedAt = 0, ...results]: readonly number[],
): Decision {
  if (results.length === 0) {
    return { answers: userIds.map(() => "ACCEPTED"), winners: { firstNo, acceptedAt, userIds } };
  }
  return {
    answers: results.map((result) => (result === 1 ? "ACCEPTED" : "LOST_RACE")),
    winners: { firstNo, acceptedAt, userIds: userIds.filter((_, i) => results[i] === 1) },
  };
}
