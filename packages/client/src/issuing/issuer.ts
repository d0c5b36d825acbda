import type { CouponService } from "@firstcome/contracts/coupon";
import { type Channel, type Client, Code, deadlineExceeded, resourceExhausted, RpcError } from "@firstcome/rpc";
import { Ask } from "./ask.ts";
import { assertIssuable } from "./assert-issuable.ts";
import { CouponLane } from "./coupon-lane.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { IssueAnswer } from "./issue-answer.ts";
import { IssueStreams } from "./issue-streams.ts";

/** How {@link FirstcomeClient.issue} goes about it. */
export interface IssuerOptions {
  /** Streams, each on a connection of its own; 2 unless set. */
  connections?: number | undefined;
  /** Callers without an answer; more are turned away with RESOURCE_EXHAUSTED. 20 000 unless set. */
  maxWaiting?: number | undefined;
  /** A batch unanswered for so long is lost, its connection dead: it is sent again on another. 5 000 unless set. */
  answerTimeoutMs?: number | undefined;
}

export interface IssueOptions {
  /** From now. Without this and `deadline`: the client's `defaultTimeoutMs`. */
  timeoutMs?: number | undefined;
  /** Epoch ms; the earlier of the two counts. */
  deadline?: number | undefined;
  /** Gives up waiting; the gate may have decided all the same. */
  signal?: AbortSignal | undefined;
}

export interface IssuerSpec extends IssuerOptions {
  /** A new connection to the coupon service. */
  dial: () => Channel;
  /** For services that refuse the stream. */
  issueOne: Client<typeof CouponService>["issueCoupon"];
  defaultTimeoutMs?: number | undefined;
}

/** A round trip under load: by then some of the callers ahead have their answers. */
const RETRY_AFTER_MS = 100;

/** Takes single calls and brings them to the service in batches. */
export class Issuer {
  readonly #maxWaiting: number;
  readonly #defaultTimeoutMs: number;
  readonly #issueOne: IssuerSpec["issueOne"];
  readonly #streams: IssueStreams;
  readonly #lanes = new Map<string, CouponLane>();
  readonly #unsettled = new Set<Ask>();
  readonly #deadlines = new DeadlineWatch(this.#unsettled);
  #closed = false;

  constructor(spec: IssuerSpec) {
    const { dial, issueOne, connections = 2, maxWaiting = 20_000, answerTimeoutMs = 5_000 } = spec;
    if (connections < 1) throw new TypeError(`connections: ${connections}, must be at least 1`);
    this.#maxWaiting = maxWaiting;
    this.#defaultTimeoutMs = spec.defaultTimeoutMs ?? 10_000;
    this.#issueOne = issueOne;
    this.#streams = new IssueStreams({ dial, connections, answerTimeoutMs });
  }

  // Not an async function: the executor turns a throw into a rejection just as well, with one promise less per call.
  issue(couponId: string, userId: string, options: IssueOptions = {}): Promise<IssueAnswer> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const deadline = this.#deadlineOf(options);
      assertIssuable(couponId, userId);
      this.#assertWanted(deadline, signal);
      this.#assertRoom();
      const lane = this.#laneOf(couponId);
      const onSettled = (settled: Ask): void => {
        this.#unsettled.delete(settled);
        lane.forget(settled);
      };
      const ask = new Ask({ couponId, userId, deadline, signal, resolve, reject, onSettled });
      this.#unsettled.add(ask);
      this.#deadlines.add(ask);
      lane.add(ask);
    });
  }

  /** Whoever still waits gets CANCELLED; what the gate has decided for them stands. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadlines.stop();
    for (const lane of this.#lanes.values()) lane.close();
    const closed = clientClosed();
    for (const ask of this.#unsettled) ask.reject(closed);
    this.#streams.close();
  }

  #laneOf(couponId: string): CouponLane {
    const known = this.#lanes.get(couponId);
    if (known) return known;
    const lane = new CouponLane({
      couponId,
      streams: this.#streams,
      issueOne: this.#issueOne,
      onIdle: () => this.#lanes.delete(couponId),
    });
    this.#lanes.set(couponId, lane);
    return lane;
  }

  #deadlineOf({ timeoutMs, deadline }: IssueOptions): number {
    const waitMs = timeoutMs ?? (deadline === undefined ? this.#defaultTimeoutMs : Number.POSITIVE_INFINITY);
    return Math.min(Date.now() + waitMs, deadline ?? Number.POSITIVE_INFINITY);
  }

  #assertWanted(deadline: number, signal: AbortSignal | undefined): void {
    if (this.#closed) throw clientClosed();
    if (signal?.aborted) throw new RpcError(Code.CANCELLED, "CANCELLED", "the call was cancelled before it was sent");
    if (deadline <= Date.now()) throw deadlineExceeded("DEADLINE_EXCEEDED", "the deadline had passed before the call");
  }

  #assertRoom(): void {
    if (this.#unsettled.size < this.#maxWaiting) return;
    const message = `${this.#maxWaiting} callers are waiting for this client's answers already`;
    throw resourceExhausted("CLIENT_QUEUE_FULL", message, RETRY_AFTER_MS);
  }
}

function clientClosed(): RpcError {
  return new RpcError(Code.CANCELLED, "CLIENT_CLOSED", "the client was closed");
}
