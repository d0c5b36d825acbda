import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { ReplicatedScripts } from "../replicated-scripts.ts";
import { syncTerms } from "./sync-terms.ts";
import type { SyncResult } from "./sync-terms.ts";
import type { CouponTerms } from "./terms.ts";

const TIMEOUT_MS = 1_000;

/**
 * Brings terms to the gate where replicas are waited for. The gate of one that takes the primary's place is open with the terms
 * that it has: whoever was told that a sale is ended would see it go on.
 */
export class ReplicatedTerms {
  readonly #keys: Keys;
  readonly #scripts: ReplicatedScripts;

  constructor(options: {
    readonly redis: RedisClient;
    readonly keys: Keys;
    readonly waitReplicas: number;
    /** 1 000 unless set. */
    readonly waitTimeoutMs?: number;
  }) {
    const { redis, keys, waitReplicas: replicas, waitTimeoutMs: timeoutMs = TIMEOUT_MS } = options;
    this.#keys = keys;
    this.#scripts = new ReplicatedScripts({ redis, replicas, timeoutMs });
  }

  /**
   * As `CouponState.sync`, and resolves when replicas know.
   *
   * @throws when too few know in time; the terms may be there all the same, and may be told again
   */
  async sync(terms: CouponTerms): Promise<SyncResult> {
    // What a gate is told again was written before, or a load had closed it: the replicas must know of that too.
    const call = this.#scripts.once(this.#keys.fence(this.#keys.partitionOf(terms.couponId)));
    const result = await syncTerms(call, this.#keys, terms);
    call.requireReplicas();
    return result;
  }

  close(): void {
    this.#scripts.close();
  }
}
