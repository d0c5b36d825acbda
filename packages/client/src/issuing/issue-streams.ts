import type { IssueCouponsResponse } from "@firstcome/contracts/coupon";
import { type Channel, RpcError } from "@firstcome/rpc";
import { isRefusal } from "./issue-error.ts";
import { IssueStream } from "./issue-stream.ts";
import { StreamSlot } from "./stream-slot.ts";

/** A service that refused the stream is asked again after this: it may have been upgraded, or the token exchanged. */
const REFUSAL_MS = 60_000;

export interface IssueStreamsSpec {
  /** A new connection to the coupon service. */
  dial: () => Channel;
  connections: number;
  answerTimeoutMs: number;
}

/** The streams of a client. A batch takes the one with the fewest unanswered. */
export class IssueStreams {
  readonly #slots: StreamSlot[];
  #refusedUntil = 0;

  constructor({ dial, connections, answerTimeoutMs }: IssueStreamsSpec) {
    const open = (): IssueStream => new IssueStream(dial(), answerTimeoutMs);
    this.#slots = Array.from({ length: connections }, () => new StreamSlot(open));
  }

  /** The service wants single calls only. */
  get refused(): boolean {
    return this.#refusedUntil > Date.now();
  }

  /** @throws RpcError when the stream ends before the answer; then {@link refused} may have become true */
  async send(couponId: string, userIds: string[]): Promise<IssueCouponsResponse> {
    try {
      return await this.#next().send(couponId, userIds);
    } catch (error) {
      if (error instanceof RpcError && isRefusal(error)) this.#refusedUntil = Date.now() + REFUSAL_MS;
      throw error;
    }
  }

  close(): void {
    for (const slot of this.#slots) slot.close();
  }

  #next(): StreamSlot {
    const awake = this.#slots.filter((slot) => !slot.resting);
    const [first, ...others] = awake.length > 0 ? awake : this.#slots;
    if (!first) throw new TypeError("there is no connection");
    const best = others.reduce((least, slot) => (slot.unanswered < least.unanswered ? slot : least), first);
    // Among equals each has its turn: what was used goes to the end.
    this.#slots.splice(this.#slots.indexOf(best), 1);
    this.#slots.push(best);
    return best;
  }
}
