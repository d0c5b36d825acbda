import { openDatabase } from "@firstcome/database";
import { silentLogger } from "@firstcome/runtime";
import type { StartWorker } from "../peer.ts";
import { connectRabbitmq, queueNameOf } from "../rabbitmq/issue-queue.ts";
import { INSERTS_AT_ONCE, MergingInserter } from "./merging-inserter.ts";

/** Messages that are inserted, and as many that gather meanwhile. */
const PREFETCH = 64;

const start: StartWorker = async (env) => {
  const database = await openDatabase({ url: env.mysqlUrl, poolSize: INSERTS_AT_ONCE, log: silentLogger });
  const connection = await connectRabbitmq(env);
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const inserter = new MergingInserter({ channel, pool: database.pool, couponId: env.couponId });
  const { consumerTag } = await channel.consume(queueNameOf(env.couponId), (message) => {
    if (message !== null) inserter.add(message);
  });
  return {
    async [Symbol.asyncDispose]() {
      await channel.cancel(consumerTag);
      await inserter.idle();
      await connection.close();
      await database[Symbol.asyncDispose]();
    },
  };
};
export default start;
