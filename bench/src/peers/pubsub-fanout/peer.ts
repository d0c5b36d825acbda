import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

const WORKERS = 4;

/**
 * Winners are published, and every worker that listens inserts: each user is inserted four times. `duplicated` counts the rows
 * beyond a user's first; a unique key would refuse them, after the same work. Nobody keeps a message for a worker that is away: while
 * one dies, the others' rows cover for it; what is published while none listens is lost.
 */
export const pubsubFanout: Peer = {
  name: "pubsub-fanout",
  title: "a script decides and publishes; each of 4 workers inserts whatever it hears",
  needs: ["redis", "mysql"],
  users: { quick: 5_000, full: 15_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: WORKERS },
  ...issuedRows({ inserts: WORKERS }),
  fault: {
    title:
      "all 4 workers are killed at work and started again, as when their host dies (when one dies, the others have heard all)",
    warmUpUsers: 500,
    users: 20_000,
    kill: { afterRows: 500, workers: WORKERS, restartMs: 100 },
  },
};

export function channelOf(couponId: string): string {
  return `coupon:${couponId}:issue`;
}
