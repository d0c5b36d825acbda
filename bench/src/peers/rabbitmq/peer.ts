import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";
import { makeIssueQueue } from "./issue-queue.ts";

const rows = issuedRows();

/** A message for each winner. Nothing joins the decision and the message: a crash between them loses a coupon that was promised. */
export const rabbitmq: Peer = {
  name: "rabbitmq",
  title: "a script decides, publish to a quorum queue with confirms; a consumer inserts one row a message",
  needs: ["redis", "mysql", "rabbitmq"],
  users: { quick: 12_000, full: 40_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...rows,
  async prepare(env) {
    await rows.prepare(env);
    await makeIssueQueue(env);
  },
};
