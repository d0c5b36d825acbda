import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Percentiles } from "../result.ts";

/** A histogram as it travels between processes. */
export type EncodedHistogram = string;

/** Beyond this a time is recorded as this. */
const LONGEST_MICROS = 10 * 60 * 1_000_000;

/** Times, kept to three digits (HDR): any number of them in a fixed 100 kB or so. */
export class Histogram {
  #times = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });

  get count(): number {
    return this.#times.totalCount;
  }

  recordMs(ms: number): void {
    this.#times.recordValue(Math.min(Math.max(Math.round(ms * 1_000), 0), LONGEST_MICROS));
  }

  /** The same time, for `count` that waited together. */
  recordMsFor(count: number, ms: number): void {
    this.#times.recordValueWithCount(Math.min(Math.max(Math.round(ms * 1_000), 0), LONGEST_MICROS), count);
  }

  add(encoded: EncodedHistogram): void {
    this.#times.add(decodeFromCompressedBase64(encoded));
  }

  encode(): EncodedHistogram {
    return encodeIntoCompressedBase64(this.#times);
  }

  percentiles(): Percentiles {
    const at = (percentile: number): number => this.#times.getValueAtPercentile(percentile) / 1_000;
    return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: this.#times.maxValue / 1_000 };
  }
}

export function percentilesOf(encoded: EncodedHistogram): Percentiles {
  const histogram = new Histogram();
  histogram.add(encoded);
  return histogram.percentiles();
}
