import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import type { GateDecision, GateMode } from "./decide.ts";
import { GateQueueFullError } from "./errors.ts";
import { type Ask, GateLane } from "./lane.ts";

export interface GateOptions {
  readonly redis: RedisClient;
  readonly keys: Keys;
  /** How many users may wait for one partition in this process before further ones are turned away. 20 000 unless set. */
  readonly maxWaiting?: number;
  /** The most users in one script call, which is how long Redis may be busy with one (3 µs each). 1 000 unless set. */
  readonly maxBatch?: number;
  /** How many replicas must have a batch before its callers are answered. 0 unless set. */
  readonly waitReplicas?: number;
  /** How long to wait for them, in ms. 1 000 unless set. */
  readonly waitTimeoutMs?: number;
  /** Epoch ms; compared with the callers' deadlines. */
  readonly now?: () => number;
  /** Told of every script call: how many users it decided on, and how long it took in ms. */
  readonly onBatch?: (users: number, ms: number) => void;
}

/**
 * The first-come-first-served decision. All calls that wait for a partition are decided by one script call; while it is
 * under way, the next batch gathers.
 */
export class Gate {
  readonly #keys: Keys;
  readonly #lanes: readonly GateLane[];
  readonly #maxWaiting: number;

  constructor(options: GateOptions) {
    const { redis, keys, maxWaiting = 20_000, maxBatch = 1_000, waitReplicas = 0, waitTimeoutMs = 1_000 } = options;
    this.#keys = keys;
    this.#maxWaiting = maxWaiting;
    const lane = { redis, keys, maxBatch, waitReplicas, waitTimeoutMs };
    const { now = Date.now, onBatch = () => undefined } = options;
    this.#lanes = Array.from(
      { length: keys.partitions },
      (_, partition) => new GateLane({ ...lane, partition, now, onBatch }),
    );
  }

  /**
   * Asks for one user.
   *
   * @param deadline epoch ms; a caller that still waits then is not sent to Redis
   * @throws {GateQueueFullError | GateDeadlineError} nothing was decided
   * @throws {GateUnavailableError} it is not known whether it was decided; ask again
   */
  issue(couponId: string, userId: string, deadline = Number.POSITIVE_INFINITY): Promise<GateDecision> {
    return new Promise((resolve, reject) => {
      const settle = (decisions: readonly GateDecision[], first: number): void => {
        resolve(decisions[first] as GateDecision);
      };
      this.#ask({ couponId, mode: "race", userIds: [userId], deadline, settle, reject });
    });
  }

  /** Asks for many users of one coupon at once; the answers come in their order. Errors as with `issue`. */
  issueAll(
    couponId: string,
    userIds: readonly string[],
    options: { readonly deadline?: number; readonly mode?: GateMode } = {},
  ): Promise<GateDecision[]> {
    const { deadline = Number.POSITIVE_INFINITY, mode = "race" } = options;
    return new Promise((resolve, reject) => {
      const settle = (decisions: readonly GateDecision[], first: number): void => {
        resolve(decisions.slice(first, first + userIds.length));
      };
      this.#ask({ couponId, mode, userIds, deadline, settle, reject });
    });
  }

  /**
   * Whether a user has won, once the replicas that are waited for have it. Decides nothing. Errors as with `issue`.
   *
   * @returns NOT_LOADED and BEHIND as in a decision
   */
  find(couponId: string, userId: string): Promise<FoundWinner> {
    return new Promise((resolve, reject) => {
      const settle = (decisions: readonly GateDecision[], first: number): void => {
        resolve(foundWinner(decisions[first] as GateDecision));
      };
      this.#ask({ couponId, mode: "find", userIds: [userId], deadline: Number.POSITIVE_INFINITY, settle, reject });
    });
  }

  /** Resolves when no call is under way or waiting any more. New calls are the caller's to keep away. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
    for (const lane of this.#lanes) lane.close();
  }

  #ask(ask: Ask): void {
    const lane = this.#lanes[this.#keys.partitionOf(ask.couponId)] as GateLane;
    if (lane.waiting + ask.userIds.length > this.#maxWaiting) ask.reject(new GateQueueFullError(lane.drainTimeMs()));
    else lane.add(ask);
  }
}

export type FoundWinner =
  | { readonly issueNo: number; readonly acceptedAt: number }
  | "NOT_WINNER"
  | "NOT_LOADED"
  | "BEHIND";

function foundWinner(decision: GateDecision): FoundWinner {
  const { outcome } = decision;
  if (outcome === "ACCEPTED" || outcome === "ALREADY_ISSUED") {
    return { issueNo: decision.issueNo, acceptedAt: decision.acceptedAt };
  }
  return outcome === "NOT_LOADED" || outcome === "BEHIND" ? outcome : "NOT_WINNER";
}
