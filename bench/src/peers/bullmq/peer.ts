import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

/** A job for each winner. Nothing joins the decision and the job: a crash between them loses a coupon that was promised. */
export const bullmq: Peer = {
  name: "bullmq",
  title: "a script decides, Queue.add; a Worker inserts one row a job",
  needs: ["redis", "mysql"],
  users: { quick: 8_000, full: 25_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...issuedRows(),
};
