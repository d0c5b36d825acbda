import { Code } from "../errors/code.ts";

/** One line of what is counted. */
export interface TallyValue {
  /** After the name of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * What nobody foresaw, counted from 0: to Prometheus a series that is born at 1 has not increased, and the first of them would go
 * unnoticed. The other codes are ordinary answers, and have a line once there is one.
 */
const UNFORESEEN = [Code.UNKNOWN, Code.INTERNAL, Code.DATA_LOSS];
const BOUNDS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The calls of one method, in plain numbers. */
export class CallTally {
  running = 0;
  readonly #byCode: number[] = [];
  /** Calls that took at most as long as each bound and longer than the one before it, and last those that took longer. */
  readonly #byDuration: number[] = Array.from({ length: BOUNDS_SECONDS.length + 1 }, () => 0);
  #seconds = 0;
  #count = 0;

  constructor() {
    for (const code of UNFORESEEN) this.#byCode[code] = 0;
  }

  began(): number {
    this.running++;
    return performance.now();
  }

  finished(began: number, code: Code): void {
    const seconds = (performance.now() - began) / 1_000;
    let bucket = 0;
    while (seconds > (BOUNDS_SECONDS[bucket] as number)) bucket++;
    (this.#byDuration[bucket] as number)++;
    this.#byCode[code] = (this.#byCode[code] ?? 0) + 1;
    this.#seconds += seconds;
    this.#count++;
    this.running--;
  }

  byCode(): [Code, number][] {
    return Object.entries(this.#byCode).map(([code, count]) => [Number(code) as Code, count]);
  }

  /** As the lines of a histogram: how many calls took at most as long as each bound. */
  durations(): TallyValue[] {
    let atMost = 0;
    const buckets = this.#byDuration.map((calls, bucket): TallyValue => {
      atMost += calls;
      return { suffix: "_bucket", labels: { le: BOUNDS_SECONDS[bucket] ?? "+Inf" }, value: atMost };
    });
    return [
      ...buckets,
      { suffix: "_sum", labels: {}, value: this.#seconds },
      { suffix: "_count", labels: {}, value: this.#count },
    ];
  }
}
