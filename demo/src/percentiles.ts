export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** By nearest rank, to a hundredth. Of nothing: 0. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted();
  return { p50: rank(sorted, 0.5), p99: rank(sorted, 0.99) };
}

function rank(sorted: Float64Array, share: number): number {
  const value = sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0;
  return Math.round(value * 100) / 100;
}
