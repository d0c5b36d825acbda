import type { Logger } from "@firstcome/runtime";
import type { HandoffSource } from "../domain/handoff-source.ts";

/**
 * Takes dispatchers that are gone off the hand-off's list. One that stops in order takes itself off; one that was killed,
 * or that left batches for others to claim, is found here.
 */
export async function forgetTheGone(source: Pick<HandoffSource, "forgetSilent">, log: Logger): Promise<void> {
  const forgotten = await source.forgetSilent(GONE_AFTER_MS);
  if (forgotten > 0) log.info({ forgotten }, "dispatchers that are long gone were forgotten");
}

/** A day. Nothing is lost when one of them lives after all, so it only need be rare. */
const GONE_AFTER_MS = 86_400_000;
