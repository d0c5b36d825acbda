import { fullJitterBackoff } from "@firstcome/runtime";
import type { NotNow } from "./domain/row-writer.ts";

const afterContention = fullJitterBackoff({ baseMs: 10, maxMs: 200 });
const whileAway = fullJitterBackoff({ baseMs: 100, maxMs: 2_000 });

/** Ms to wait before an insert is tried again, after so many tries (0, 1, …). */
export function retryBackoff(why: NotNow, tries: number): number {
  return why === "CONTENTION" ? afterContention(tries) : whileAway(tries);
}
