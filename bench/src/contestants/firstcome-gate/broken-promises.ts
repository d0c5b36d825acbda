import type { ContestantResult } from "../../result.ts";

/** What would be a fault of a peer is a broken promise of Firstcome's gate. In words; empty: all kept. */
export function brokenPromisesOf({ name, faults }: Pick<ContestantResult, "name" | "faults">): string[] {
  return Object.entries(faults).flatMap(([fault, times]) => (times > 0 ? [`${name}: ${fault}: ${times}`] : []));
}
