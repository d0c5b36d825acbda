import type { Asker } from "./asker.ts";

/** Decides who asks when, and times the answers. */
export interface Pacer {
  /** Resolves when all have asked and all asks are settled. */
  readonly done: Promise<void>;
  /** Users who have asked so far. */
  readonly asked: number;
  start(asker: Asker): void;
  settled(connection: number, first: number, count: number): void;
}
