import type { StartWorker } from "../peer.ts";
import { insertRow, openPool } from "../shop/insert-row.ts";
import { connectRabbitmq, queueNameOf } from "./issue-queue.ts";

const INSERTS_AT_ONCE = 32;
// Twice what is under way, so that the next message is there when an insert is done.
const PREFETCH = 2 * INSERTS_AT_ONCE;

const start: StartWorker = async (env) => {
  const pool = openPool(env, INSERTS_AT_ONCE);
  const connection = await connectRabbitmq(env);
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const inserting = new Set<Promise<void>>();
  const { consumerTag } = await channel.consume(queueNameOf(env.couponId), (message) => {
    if (message === null) return;
    const insert = insertRow(pool, env.couponId, message.content.toString())
      .then(
        () => channel.ack(message),
        () => channel.nack(message),
      )
      .finally(() => inserting.delete(insert));
    inserting.add(insert);
  });
  return {
    async [Symbol.asyncDispose]() {
      await channel.cancel(consumerTag);
      await Promise.all(inserting);
      await connection.close();
      await pool.end();
    },
  };
};
export default start;
