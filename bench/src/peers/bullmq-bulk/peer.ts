import { bullmq } from "../bullmq/peer.ts";
import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

/** As `bullmq`, with callers that come 64 at a time and are added by one addBulk. There are still as many jobs as winners. */
export const bullmqBulk: Peer = {
  ...bullmq,
  name: "bullmq-bulk",
  title: "64 decisions in a pipeline, Queue.addBulk; a Worker inserts one row a job",
  batch: 64,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  ...issuedRows(),
};
