import { migrate, openDatabase } from "@firstcome/database";
import { silentLogger } from "@firstcome/runtime";
import type { Peer, PeerEnv } from "../peer.ts";
import { makeIssueQueue } from "../rabbitmq/issue-queue.ts";
import { issuedRows } from "../shop/issued-rows.ts";

const rows = issuedRows({
  table: { name: "user_coupon", serial: "issue_no", indexedBy: "coupon, serial", create: makeTables },
});

/**
 * RabbitMQ as well as it can be, with all that makes Firstcome cheap: one script decides for all callers that wait and numbers the
 * winners, these are one message, and the consumer merges messages into one of Firstcome's own INSERTs, into the same table, and one
 * ack. Callers come as they do for `firstcome-stream`. What it lacks is that the decision and the message cannot come apart in a crash.
 */
export const rabbitmqBatch: Peer = {
  name: "rabbitmq-batch",
  title: "batched throughout: a script for all that wait, one confirmed message, multi-row INSERT",
  needs: ["redis", "mysql", "rabbitmq"],
  users: { quick: 180_000, full: 400_000 },
  concurrency: 1_024,
  batch: 128,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...rows,
  untestedFault: "a crash between the decision and the message takes up to 1 000 pieces with it",
  async prepare(env) {
    await rows.prepare(env);
    await makeIssueQueue(env);
  },
};

async function makeTables({ mysqlUrl: url }: PeerEnv): Promise<void> {
  await using database = await openDatabase({ url, poolSize: 1, log: silentLogger });
  await migrate(database);
}
