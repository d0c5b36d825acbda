/** The middle one; of an even number, the mean of the two in the middle. NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The round whose figure is the median; of an even number, the lower of the two in the middle. @throws of none */
export function middleOf<T>(rounds: readonly T[], by: (round: T) => number): T {
  const sorted = rounds.toSorted((a, b) => by(a) - by(b));
  const middle = sorted[(sorted.length - 1) >> 1];
  if (middle === undefined) throw new Error("no round was run");
  return middle;
}
