import { setTimeout as pause } from "node:timers/promises";
import type { Channel, ConsumeMessage } from "amqplib";
import type { Pool } from "mysql2/promise";
import type { PeerEnv, StartWorker } from "../peer.ts";
import { connectRabbitmq, queueNameOf } from "../rabbitmq/issue-queue.ts";
import { openPool } from "../shop/insert-row.ts";

/** Messages that gather while an INSERT is under way. */
const PREFETCH = 16;
const RETRY_MS = 100;

const start: StartWorker = async (env) => {
  const pool = openPool(env, 1);
  const connection = await connectRabbitmq(env);
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const inserter = new MergingInserter(channel, pool, env);
  const { consumerTag } = await channel.consume(queueNameOf(env.couponId), (message) => {
    if (message !== null) inserter.add(message);
  });
  return {
    async [Symbol.asyncDispose]() {
      await channel.cancel(consumerTag);
      await inserter.idle();
      await connection.close();
      await pool.end();
    },
  };
};
export default start;

/** One INSERT and one ack for all messages that are there; the next ones gather meanwhile. */
class MergingInserter {
  readonly #channel: Channel;
  readonly #pool: Pool;
  readonly #env: PeerEnv;
  #messages: ConsumeMessage[] = [];
  #running: Promise<void> | undefined;

  constructor(channel: Channel, pool: Pool, env: PeerEnv) {
    this.#channel = channel;
    this.#pool = pool;
    this.#env = env;
  }

  add(message: ConsumeMessage): void {
    this.#messages.push(message);
    this.#running ??= this.#run();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#messages.length > 0) {
      const batch = this.#messages;
      this.#messages = [];
      await this.#insert(batch);
    }
    this.#running = undefined;
  }

  async #insert(batch: readonly ConsumeMessage[]): Promise<void> {
    const last = batch.at(-1) as ConsumeMessage;
    try {
      const rows = batch.flatMap(({ content }) => content.toString().split(" ").map((userId) => [this.#env.couponId, userId]));
      await this.#pool.query("INSERT IGNORE INTO issued_coupon (coupon_id, user_id) VALUES ?", [rows]);
      this.#channel.ack(last, true);
    } catch (error) {
      console.error(error);
      await pause(RETRY_MS);
      this.#channel.nack(last, true);
    }
  }
}
