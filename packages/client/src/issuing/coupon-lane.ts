import type { CouponService } from "@firstcome/contracts/coupon";
import { type Client, Code, RpcError } from "@firstcome/rpc";
import { fullJitterBackoff } from "@firstcome/runtime";
import type { Ask } from "./ask.ts";
import { answerOf, answersOf, type IssueAnswer } from "./issue-answer.ts";
import { batchFailure, isRefusal, isRetriable } from "./issue-error.ts";
import type { IssueStreams } from "./issue-streams.ts";

/** The contract's limit. */
const MAX_BATCH = 1_000;
/** Full batches need not wait for each other: the next one should be there when the gate has decided on the one before. */
const MAX_BATCHES_IN_FLIGHT = 4;

/** The service may ask for more; its callers would sooner ask once too often. */
const LONGEST_RETRY_AFTER_MS = 5_000;

const backoff = fullJitterBackoff({ baseMs: 50, maxMs: 1_000 });

export interface CouponLaneSpec {
  couponId: string;
  streams: IssueStreams;
  /** For services that refuse the stream. */
  issueOne: Client<typeof CouponService>["issueCoupon"];
  /** Called when nobody waits any more and nothing is in flight. */
  onIdle: () => void;
}

/**
 * Those who want one coupon. They gather until the event loop turns, and while a batch is in flight; then they go as one.
 * What fails for now is tried again after a pause that the whole lane makes, by those whose deadlines allow for it.
 */
export class CouponLane {
  readonly #spec: CouponLaneSpec;
  /** Sent before, to no avail: they go first. */
  readonly #again = new Set<Ask>();
  readonly #waiting = new Set<Ask>();
  #batches = 0;
  #singles = 0;
  /** In a row. */
  #failures = 0;
  #turn: NodeJS.Immediate | undefined;
  #pause: NodeJS.Timeout | undefined;
  #pausedUntil = 0;

  constructor(spec: CouponLaneSpec) {
    this.#spec = spec;
  }

  add(ask: Ask): void {
    this.#waiting.add(ask);
    this.#gather();
  }

  /** The ask is settled. */
  forget(ask: Ask): void {
    this.#waiting.delete(ask);
    this.#again.delete(ask);
  }

  /** Sends nothing more. */
  close(): void {
    clearImmediate(this.#turn);
    clearTimeout(this.#pause);
    this.#turn = this.#pause = undefined;
  }

  get #size(): number {
    return this.#again.size + this.#waiting.size;
  }

  #gather(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      while (this.#mayGo()) this.#go(this.#take());
      if (this.#size > 0 || this.#batches > 0 || this.#singles > 0) return;
      this.close();
      this.#spec.onIdle();
    });
  }

  #mayGo(): boolean {
    if (this.#pause || this.#size === 0) return false;
    return this.#batches === 0 || (this.#size >= MAX_BATCH && this.#batches < MAX_BATCHES_IN_FLIGHT);
  }

  /** Whoever is too late is told so, and not sent. */
  #take(): Ask[] {
    const now = Date.now();
    const batch: Ask[] = [];
    for (const queue of [this.#again, this.#waiting]) {
      for (const ask of queue) {
        if (batch.length === MAX_BATCH) return batch;
        queue.delete(ask);
        if (ask.deadline <= now) ask.expire();
        else batch.push(ask);
      }
    }
    return batch;
  }

  #go(asks: Ask[]): void {
    if (asks.length === 0) return;
    // Single calls gain nothing by waiting for each other.
    if (this.#spec.streams.refused) for (const ask of asks) void this.#sendAlone(ask);
    else void this.#sendBatch(asks);
  }

  async #sendBatch(asks: Ask[]): Promise<void> {
    const { couponId, streams } = this.#spec;
    const userIds = asks.map(({ userId }) => userId);
    this.#batches += 1;
    try {
      const response = await streams.send(couponId, userIds);
      if (response.error) this.#failed(asks, batchFailure(response.error));
      else this.#answer(asks, answersOf(response, asks.length));
    } catch (error) {
      const failure = toRpcError(error);
      if (isRefusal(failure) && streams.refused) this.#keep(asks, Date.now(), failure);
      else this.#failed(asks, failure);
    }
    this.#batches -= 1;
    this.#gather();
  }

  async #sendAlone(ask: Ask): Promise<void> {
    const { couponId, userId, deadline, signal } = ask;
    this.#singles += 1;
    try {
      const response = await this.#spec.issueOne({ couponId, userId }, { deadline, signal });
      this.#answer([ask], [answerOf(response)]);
    } catch (error) {
      this.#failed([ask], toRpcError(error));
    }
    this.#singles -= 1;
    this.#gather();
  }

  #answer(asks: readonly Ask[], answers: readonly IssueAnswer[]): void {
    this.#failures = 0;
    for (const [i, answer] of answers.entries()) asks[i]?.resolve(answer);
  }

  #failed(asks: readonly Ask[], failure: RpcError): void {
    const retryAt = isRetriable(failure) ? this.#pauseAfter(failure) : Number.POSITIVE_INFINITY;
    this.#keep(asks, retryAt, failure);
  }

  /** For another try; whoever cannot wait for it hears at once of what went wrong. */
  #keep(asks: readonly Ask[], retryAt: number, failure: RpcError): void {
    for (const ask of asks) {
      if (ask.settled) continue;
      if (ask.deadline > retryAt) this.#again.add(ask);
      else ask.reject(failure);
    }
  }

  /** Batches that fail together make one pause. @returns its end, epoch ms */
  #pauseAfter({ retryAfterMs = 0 }: RpcError): number {
    if (this.#pause) return this.#pausedUntil;
    const waitMs = Math.max(backoff(this.#failures++), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
    this.#pausedUntil = Date.now() + waitMs;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#gather();
    }, waitMs);
    return this.#pausedUntil;
  }
}

function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(Code.INTERNAL, "INTERNAL", "the batch could not be sent", { cause: error });
}
