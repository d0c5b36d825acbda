import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

export const WORKERS = 4;

/**
 * A list for each worker, filled in turn; the worker pops one user, inserts it, pops the next. What it has popped is nowhere but in its
 * memory: killed before its insert, that user has lost the coupon that was promised.
 */
export const listPerWorker: Peer = {
  name: "list-per-worker",
  title: "a script decides and pushes to the list of one of 4 workers, which pop and insert one by one",
  needs: ["redis", "mysql"],
  users: { quick: 12_000, full: 40_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: WORKERS },
  ...issuedRows(),
  fault: {
    title: "one of the 4 workers is killed at work and started again",
    warmUpUsers: 1_000,
    users: 20_000,
    kill: { afterRows: 1_000, workers: 1, restartMs: 100 },
  },
};

export function listOf(couponId: string, worker: number): string {
  return `coupon:${couponId}:worker:${worker}`;
}
