// What the bench and its child processes tell each other over Node's IPC channel, as structured clones: one order at a time.

/** To a child. Answered with "done" or "failed". */
export interface Order {
  /** "stop": end, without an answer. */
  readonly order: string;
  readonly given: unknown;
}

export type Report =
  | { readonly tells: "done"; readonly result: unknown }
  | { readonly tells: "failed"; readonly why: string };
