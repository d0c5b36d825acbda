import type { Clock } from "@firstcome/runtime";
import type { Ledger } from "../domain/ledger.ts";
import type { Dispatch } from "./dispatch.ts";

/** Takes back batches whose deadline has passed, and ends streams whose time has come. */
export class DeadlineSweeper {
  readonly #ledger: Ledger;
  readonly #dispatch: Dispatch;
  readonly #clock: Clock;

  constructor(spec: { ledger: Ledger; dispatch: Dispatch; clock: Clock }) {
    this.#ledger = spec.ledger;
    this.#dispatch = spec.dispatch;
    this.#clock = spec.clock;
  }

  runOnce(): void {
    const now = this.#clock.now();
    const verdicts = this.#ledger.expire(now);
    if (verdicts.length > 0) this.#dispatch.conclude(verdicts);
    for (const session of this.#dispatch.sessions) session.checkTime(now);
  }
}
