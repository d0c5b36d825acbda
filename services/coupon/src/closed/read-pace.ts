/** How a reading of winners ended. CHANGED: somebody won meanwhile. TOO_LARGE: they do not fit. */
export type ReadResult = "DONE" | "CHANGED" | "TOO_LARGE" | "FAILED";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const TOO_LARGE_RETRY_MS = 60_000;
/** Winners who may still change are being read for at most a twentieth of the time, however often grants change them. */
const REST_PER_READING = 20;

/** When a coupon's winners may be read again. Times are ms of a clock that only goes forward. */
export class ReadPace {
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #last: ReadResult | undefined;

  mayRead(now: number): boolean {
    return now >= this.#notBefore;
  }

  get last(): ReadResult | undefined {
    return this.#last;
  }

  /** @param isFinal the winners do not change any more, unless an operator adds stock */
  note(result: ReadResult, { startedAt, endedAt, isFinal }: { startedAt: number; endedAt: number; isFinal: boolean }) {
    const rest = isFinal ? 0 : REST_PER_READING * (endedAt - startedAt);
    this.#notBefore = endedAt + Math.max(rest, this.#retryMs(result));
    this.#failures = result === "DONE" ? 0 : this.#failures + 1;
    this.#last = result;
  }

  #retryMs(result: ReadResult): number {
    if (result === "DONE") return 0;
    if (result === "TOO_LARGE") return TOO_LARGE_RETRY_MS;
    return Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS);
  }
}
