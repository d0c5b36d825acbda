import type { Clock } from "@firstcome/runtime";
import type { Backlog, HandoffSource } from "../domain/handoff-source.ts";

/** The backlog for however many ask: one read at a time, and none while the last is fresh. */
export class BacklogReader {
  readonly #source: Pick<HandoffSource, "backlog">;
  readonly #clock: Clock;
  #last: { at: number; backlog: Promise<Backlog> } | undefined;

  constructor(spec: { source: Pick<HandoffSource, "backlog">; clock: Clock }) {
    this.#source = spec.source;
    this.#clock = spec.clock;
  }

  /** @throws what the store says; the next call asks it again */
  read(): Promise<Backlog> {
    const now = this.#clock.now();
    if (this.#last && now - this.#last.at < FRESH_MS) return this.#last.backlog;
    const last = { at: now, backlog: this.#source.backlog() };
    this.#last = last;
    last.backlog.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return last.backlog;
  }
}

const FRESH_MS = 50;
