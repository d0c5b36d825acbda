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
    title: "the 4 workers are killed half-way and started again",
    users: 4_000,
    quantity: 4_000,
    kill: { atShare: 0.5, restartMs: 100, workers: WORKERS },
  },
};

export function listOf(couponId: string, worker: number): string {
  return `coupon:${couponId}:worker:${worker}`;
}
