import type { HandoffLane } from "../domain/handoff-source.ts";
import type { Dispatch } from "./dispatch.ts";

export interface ReaderSpec {
  lane: HandoffLane;
  dispatch: Dispatch;
  /** How long a read waits for new batches. */
  blockMs: number;
}

/** Reads new batches of one lane, and only as many as the workers have credit for. */
export class Reader {
  readonly #spec: ReaderSpec;
  /** How many parts of the lane had batches lately: a read's count holds for each part. */
  #parts = 1;

  constructor(spec: ReaderSpec) {
    this.#spec = spec;
  }

  /** A pass for a loop: waits for credit, then reads for as long as there is more to be had. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#spec.dispatch.creditFor(signal);
    while (!signal.aborted && (await this.runOnce()) === "MORE");
  }

  /** One read. "MORE": it brought all that it may, so there is probably more. */
  async runOnce(): Promise<"MORE" | "NO_MORE"> {
    const { lane, dispatch, blockMs } = this.#spec;
    const budget = dispatch.readBudget();
    if (budget === 0) return "NO_MORE";
    const count = Math.ceil(budget / this.#parts);
    const { batches, parts } = await lane.read({ count, blockMs });
    this.#parts = Math.max(1, parts);
    dispatch.offer(batches);
    return batches.length >= count * this.#parts ? "MORE" : "NO_MORE";
  }
}
