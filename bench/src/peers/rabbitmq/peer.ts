import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";
import { makeIssueQueue } from "./issue-queue.ts";

const rows = issuedRows();

/**
 * A message for each winner. Nothing joins the decision and the message: with a crash between them the piece is gone. Its user has
 * had no answer, and is told LOST_RACE when he asks again, since the gate has him among the winners.
 */
export const rabbitmq: Peer = {
  name: "rabbitmq",
  title: "a script decides, publish to a quorum queue with confirms; a consumer inserts one row a message",
  needs: ["redis", "mysql", "rabbitmq"],
  users: { quick: 12_000, full: 40_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...rows,
  untestedFault: "a crash between the decision and the message takes a piece with it",
  async prepare(env) {
    await rows.prepare(env);
    await makeIssueQueue(env);
  },
};
