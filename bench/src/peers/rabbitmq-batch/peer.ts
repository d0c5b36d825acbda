import type { Peer } from "../peer.ts";
import { makeIssueQueue } from "../rabbitmq/issue-queue.ts";
import { issuedRows } from "../shop/issued-rows.ts";

const rows = issuedRows();

/**
 * RabbitMQ as well as it can be, with all that makes Firstcome cheap: one script decides for all callers that wait, its winners are one
 * message, and the consumer merges messages into one INSERT and one ack. What it lacks is that the decision and the message cannot come
 * apart in a crash.
 */
export const rabbitmqBatch: Peer = {
  name: "rabbitmq-batch",
  title: "batched throughout: a script for all that wait, one confirmed message, multi-row INSERT",
  needs: ["redis", "mysql", "rabbitmq"],
  users: { quick: 120_000, full: 400_000 },
  // Batches are as large as the crowd: at 256 they would be small, and dear.
  concurrency: 2_048,
  batch: 64,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...rows,
  async prepare(env) {
    await rows.prepare(env);
    await makeIssueQueue(env);
  },
};
