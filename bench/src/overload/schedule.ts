/** A time in which callers come at one rate. */
export interface Phase {
  readonly name: string;
  readonly perSecond: number;
  readonly ms: number;
}

/** When which caller comes. Callers are numbered from 0, times are in ms from the start. */
export class Schedule {
  readonly callers: number;
  readonly #spans: readonly Span[];

  constructor(phases: readonly Phase[]) {
    const spans: Span[] = [];
    let first = 0;
    let beganAt = 0;
    for (const { perSecond, ms } of phases) {
      const callers = Math.floor((perSecond * ms) / 1_000);
      spans.push({ first, callers, beganAt, perMs: perSecond / 1_000 });
      first += callers;
      beganAt += ms;
    }
    this.callers = first;
    this.#spans = spans;
  }

  /** Callers who have come by then. */
  dueBy(now: number): number {
    let due = 0;
    for (const { callers, beganAt, perMs } of this.#spans) {
      if (now >= beganAt) due += Math.min(callers, Math.floor((now - beganAt) * perMs) + 1);
    }
    return due;
  }

  /** When one of the callers 0 … `callers - 1` comes, and in which phase. */
  find(caller: number): { phase: number; dueAt: number } {
    const phase = this.#spans.findLastIndex((span) => span.first <= caller);
    const { first, beganAt, perMs } = this.#spans[phase] as Span;
    return { phase, dueAt: beganAt + (caller - first) / perMs };
  }
}

interface Span {
  readonly first: number;
  readonly callers: number;
  readonly beganAt: number;
  readonly perMs: number;
}
