import type { IssueCouponsResponse } from "@firstcome/contracts/coupon";
import { Code, RpcError } from "@firstcome/rpc";
import { fullJitterBackoff } from "@firstcome/runtime";
import type { IssueStream } from "./issue-stream.ts";

/** A stream is replaced between one and two of these, so that new instances of the service get their share. */
const MIN_AGE_MS = 5 * 60_000;
const rest = fullJitterBackoff({ baseMs: 100, maxMs: 5_000 });

/** The place of one stream: opened by the first batch, and anew when it has ended or is old. */
export class StreamSlot {
  readonly #open: () => IssueStream;
  readonly #retired = new Set<IssueStream>();
  #stream: IssueStream | undefined;
  #retireAt = 0;
  #failures = 0;
  #restsUntil = 0;

  constructor(open: () => IssueStream) {
    this.#open = open;
  }

  get unanswered(): number {
    return this.#stream?.unanswered ?? 0;
  }

  /** Its stream broke a moment ago: better to use another, if there is one. */
  get resting(): boolean {
    return this.#restsUntil > Date.now();
  }

  async send(couponId: string, userIds: string[]): Promise<IssueCouponsResponse> {
    try {
      const response = await this.#current().send(couponId, userIds);
      this.#failures = 0;
      this.#restsUntil = 0;
      return response;
    } catch (error) {
      // A broken stream fails all of its batches; it counts once.
      if (!this.resting) this.#restsUntil = Date.now() + rest(this.#failures++);
      throw error;
    }
  }

  close(): void {
    const closed = new RpcError(Code.CANCELLED, "CLIENT_CLOSED", "the client was closed");
    for (const stream of this.#retired) stream.end(closed);
    this.#stream?.end(closed);
  }

  #current(): IssueStream {
    const now = Date.now();
    if (this.#stream && !this.#stream.over && now < this.#retireAt) return this.#stream;
    // Before anything else: it fails without a token, and then the old one must not be in use and retired at once.
    const opened = this.#open();
    for (const stream of this.#retired) if (stream.over) this.#retired.delete(stream);
    if (this.#stream && !this.#stream.over) {
      this.#stream.retire();
      this.#retired.add(this.#stream);
    }
    this.#retireAt = now + MIN_AGE_MS * (1 + Math.random());
    return (this.#stream = opened);
  }
}
