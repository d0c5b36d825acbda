/** How much of the time that a run may take is left. */
export class TimeBudget {
  readonly #startedAt = performance.now();
  readonly #wholeMs: number;

  constructor(wholeMs: number) {
    this.#wholeMs = wholeMs;
  }

  get spentMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Whether something that takes so long can still begin. */
  allows(ms: number): boolean {
    return this.spentMs + ms <= this.#wholeMs;
  }
}
