import type { Capacity } from "./capacity.ts";
import { RunningWorker } from "./running-worker.ts";
import type { Attachment } from "./session-host.ts";
import { completeOptions, type WorkerOptions } from "./worker-options.ts";

/** A worker that takes accepted coupons from dispatchers. `await using` drains it. */
export interface Worker extends AsyncDisposable {
  /** Resolves at the first registration with a dispatcher; pending while none can be reached, so wait with a deadline. */
  readonly attached: Promise<Attachment>;
  /** The dispatchers that give work at this moment. */
  readonly attachments: readonly Attachment[];
  /** Batches in hand. */
  readonly held: number;
  /**
   * Changes how much to have in hand, for instance to next to nothing while the database is away, so that other workers
   * get the work.
   *
   * @throws RangeError
   */
  setCapacity(capacity: Capacity): void;
  /**
   * Takes no more work, finishes what is in hand within `drainTimeoutMs`, gives back the rest, and ends every stream, at
   * most four seconds after that. Never rejects; calling it again gives the same promise.
   */
  drain(): Promise<void>;
}

/**
 * Starts a worker. It stays attached to every dispatcher address, through their restarts, until it is drained. Each batch goes to
 * one worker, so whoever attaches takes a part of the issuers' work: done means that the rows are committed.
 *
 * ```ts
 * const worker = startWorker({
 *   addresses: ["127.0.0.1:50054"],
 *   name: "issuer-3",
 *   capacity: { maxBatches: 64, maxItems: 10_000 },
 *   async handle(batch) {
 *     const refused = await writeRows(batch.couponId, batch.userIds, batch.issueNos);
 *     return failed(refused.map(({ userId, why }) => ({ userIds: [userId], kind: "fatal", reason: why })));
 *   },
 * });
 * process.once("SIGTERM", () => worker.drain());
 * ```
 *
 * What the worker sees to: registering, acknowledging until the dispatcher has confirmed, heartbeats, more time for a
 * batch while the handler is at it, new streams for broken ones. What is left to the handler: being idempotent, since a
 * batch whose acknowledgement was lost with its worker is delivered again.
 *
 * @throws TypeError or RangeError for options that no dispatcher would accept
 */
export function startWorker(options: WorkerOptions): Worker {
  return new RunningWorker(completeOptions(options));
}
