import { setTimeout } from "node:timers/promises";

/** Ends after so many ms; fails when the signal does. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal });
