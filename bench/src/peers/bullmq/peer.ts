import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

/**
 * A job for each winner. Nothing joins the decision and the job: with a crash between them the piece is gone. Its user has had no
 * answer, and is told LOST_RACE when he asks again, since the gate has him among the winners.
 */
export const bullmq: Peer = {
  name: "bullmq",
  title: "a script decides, Queue.add; a Worker inserts one row a job",
  needs: ["redis", "mysql"],
  users: { quick: 8_000, full: 25_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...issuedRows(),
  untestedFault: "a crash between the decision and the job takes a piece with it",
};
