import { type LoopSpec, startLoop } from "@firstcome/runtime";
import type { ClosedGates } from "../domain/issue-coupon.ts";
import { ClosedMemory, type ClosedMemoryOptions } from "./closed-memory.ts";

export interface RememberedGates extends ClosedGates, AsyncDisposable {
  /** The coupon was changed from here: answers wait for the next look, so that who changed it sees the change. */
  doubt(couponId: string): void;
}

/** Three looks fall within the time that one is believed. */
const LOOK_EVERY_MS = 250;
const READ_EVERY_MS = 100;

/**
 * A memory of closed gates that keeps itself up to date. Disposing of it ends that, after the look under way.
 *
 * @param options.maxBytes 0: nothing is remembered, the gate answers everybody
 */
export function rememberClosedGates(options: ClosedMemoryOptions & Pick<LoopSpec, "metrics">): RememberedGates {
  if (options.maxBytes === 0) return FORGETFUL;
  const { log, metrics } = options;
  const memory = new ClosedMemory(options);
  // Apart, so that a long reading keeps nobody waiting for the next look.
  const loops = [
    startLoop({
      name: "look-at-closed-gates",
      intervalMs: LOOK_EVERY_MS,
      runOnce: () => memory.refreshOnce(),
      log,
      metrics,
    }),
    startLoop({
      name: "read-closed-winners",
      intervalMs: READ_EVERY_MS,
      runOnce: (signal) => memory.readWinnersOnce(signal),
      log,
      metrics,
    }),
  ];
  return {
    of: (couponId) => memory.of(couponId),
    noted: (couponId, outcome, users) => memory.noted(couponId, outcome, users),
    doubt: (couponId) => memory.doubt(couponId),
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

const FORGETFUL: RememberedGates = {
  of: () => undefined,
  noted: () => undefined,
  doubt: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
