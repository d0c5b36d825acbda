import type { EncodedHistogram } from "../measure/histogram.ts";
import type { PeerEnv } from "./peer.ts";

// What a peer's processes are told to do.

/** "start": load the peer's module. The first order, once. */
export interface StartOrder {
  /** URL of the peer's module. */
  readonly module: string;
  readonly env: PeerEnv;
  /** Which of its workers; 0 for an acceptor. */
  readonly index: number;
}

/** "run", to an acceptor: let these users ask. Answered with `RunDone`. */
export interface RunOrder {
  /** Users `first` … `first + users - 1` of `userIdOf`. */
  readonly first: number;
  readonly users: number;
  /** How many ask at a time. */
  readonly concurrency: number;
  /** How many share one call of `acceptMany`; 1: `accept`. */
  readonly batch: number;
}

export interface RunDone {
  /** User ids told "accepted", in the order of the answers. */
  readonly accepted: readonly string[];
  readonly lostRace: number;
  readonly failed: number;
  /** The first few failures, for people. */
  readonly failures: readonly string[];
  /** From the first ask to the last answer, in ms. */
  readonly ms: number;
  /** How long answers took. */
  readonly answers: EncodedHistogram;
}
