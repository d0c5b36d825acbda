import type { HandoffLane } from "../domain/handoff-source.ts";
import type { Claimer } from "./claimer.ts";
import type { Dispatch } from "./dispatch.ts";

export interface ReaderSpec {
  lane: HandoffLane;
  /** All lanes of a hand-off share one. */
  activity: LaneActivity;
  dispatch: Dispatch;
  claims: Pick<Claimer, "bringing">;
  /** How long a read waits for new batches. */
  blockMs: number;
}

/** Reads new batches of one lane, and only as many as the workers have credit for. */
export class Reader {
  readonly #spec: ReaderSpec;

  constructor(spec: ReaderSpec) {
    this.#spec = spec;
  }

  /** A pass for a loop: reads whenever there is credit, until there was less to be had than that. */
  async run(signal: AbortSignal): Promise<void> {
    do await this.#spec.dispatch.creditFor(signal);
    while (!signal.aborted && (await this.runOnce()) === "MORE");
  }

  /** One read. "MORE": it brought all that it might, so there is probably more. */
  async runOnce(): Promise<"MORE" | "NO_MORE"> {
    const { lane, activity, dispatch, claims, blockMs } = this.#spec;
    const budget = dispatch.readBudget();
    if (budget === 0) return "NO_MORE";
    // Half of it is left to what must be claimed, which is older: readers, who look all the time, would leave it nothing.
    const share = claims.bringing ? budget / 2 : budget;
    const count = Math.ceil(share / Math.max(1, activity.parts));
    const { batches, parts } = await lane.read({ count, blockMs });
    activity.report(lane, parts);
    dispatch.offer(batches);
    return parts > 0 && batches.length >= count * parts ? "MORE" : "NO_MORE";
  }
}

/**
 * How many parts of the hand-off had batches lately. A read's count holds for each part, so the budget is shared among
 * those: neither is a single busy part read drop by drop, nor far more than the budget when many are.
 */
export class LaneActivity {
  readonly #parts = new Map<HandoffLane, number>();

  get parts(): number {
    return this.#parts.values().reduce((sum, parts) => sum + parts, 0);
  }

  report(lane: HandoffLane, parts: number): void {
    this.#parts.set(lane, parts);
  }
}
