import type { MessageInitShape } from "@bufbuild/protobuf";
import { CouponService, type IssueCouponsRequestSchema, type IssueCouponsResponse } from "@firstcome/contracts/coupon";
import { type Channel, type ClientDuplex, createClient, type RpcError, unavailable } from "@firstcome/rpc";
import { streamFailure } from "./issue-error.ts";

interface Unanswered extends PromiseWithResolvers<IssueCouponsResponse> {
  readonly timer: NodeJS.Timeout;
}

/**
 * One IssueCoupons stream, on a connection of its own. Batches are answered in any order. What ends the stream fails all
 * its unanswered batches, and the connection goes with it: one that died without a word is never used again.
 *
 * Nothing holds writes back here: the lanes bound what is under way, and a connection that takes nothing in is given up
 * when its first batch is overdue.
 */
export class IssueStream {
  readonly #channel: Channel;
  readonly #stream: ClientDuplex<MessageInitShape<typeof IssueCouponsRequestSchema>, IssueCouponsResponse>;
  readonly #answerTimeoutMs: number;
  readonly #unanswered = new Map<number, Unanswered>();
  #lastId = 0;
  #retirement: NodeJS.Timeout | undefined;
  #failure: RpcError | undefined;

  /** @throws RpcError UNAUTHENTICATED when there is no token to call with */
  constructor(channel: Channel, answerTimeoutMs: number) {
    this.#channel = channel;
    this.#answerTimeoutMs = answerTimeoutMs;
    try {
      this.#stream = createClient(CouponService, channel).issueCoupons();
    } catch (error) {
      // Without a token there is no call, again and again.
      channel.close();
      throw error;
    }
    void this.#listen();
  }

  /** Batches. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  get over(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Sends a batch and gives its answer, which may be a BatchError.
   *
   * @throws RpcError when the stream ends before: UNAVAILABLE unless the service gave a reason that will not pass
   */
  send(couponId: string, userIds: string[]): Promise<IssueCouponsResponse> {
    if (this.#failure) return Promise.reject(this.#failure);
    const batchId = (this.#lastId = (this.#lastId + 1) >>> 0);
    const timer = setTimeout(() => this.#giveUp(), this.#answerTimeoutMs);
    const batch = { ...Promise.withResolvers<IssueCouponsResponse>(), timer };
    this.#unanswered.set(batchId, batch);
    // False is no news here: a stream that is over fails the batch in `end`.
    this.#stream.write({ batchId, couponId, userIds });
    return batch.promise;
  }

  /** No more batches; those under way are still answered. A service that does not end the stream then is left. */
  retire(): void {
    this.#stream.end();
    this.#retirement = setTimeout(
      () => this.end(unavailable("STREAM_RETIRED", "the service did not end the stream")),
      this.#answerTimeoutMs,
    );
  }

  /** Ends the stream and its connection now, and fails what is unanswered. */
  end(failure: RpcError): void {
    if (this.#failure) return;
    this.#failure = failure;
    clearTimeout(this.#retirement);
    for (const { timer, reject } of this.#unanswered.values()) {
      clearTimeout(timer);
      reject(failure);
    }
    this.#unanswered.clear();
    this.#channel.close();
  }

  async #listen(): Promise<void> {
    try {
      for await (const response of this.#stream) this.#answer(response);
      this.end(unavailable("STREAM_ENDED", "the service ended the stream"));
    } catch (error) {
      this.end(streamFailure(error));
    }
  }

  #answer(response: IssueCouponsResponse): void {
    const batch = this.#unanswered.get(response.batchId);
    if (!batch) return;
    this.#unanswered.delete(response.batchId);
    clearTimeout(batch.timer);
    batch.resolve(response);
  }

  #giveUp(): void {
    this.end(unavailable("ANSWER_OVERDUE", `no answer to a batch within ${this.#answerTimeoutMs} ms`));
  }
}
