/** The range and the marks of a logarithmic axis. */
export interface LogScale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5];

/**
 * From the last of 1, 2, 5, 10, … that is not above the least value to the first that is not below the greatest, marked at these
 * or, when they are too many, at the powers of ten among them.
 */
export function logScale(values: readonly number[], most: number): LogScale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return { domain: [1, 10], ticks: [1, 10] };
  const least = Math.min(...positive);
  const greatest = Math.max(...positive);
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(greatest)); power++) {
    for (const step of STEPS) marks.push(Number(`${step}e${power}`));
  }
  const low = marks.findLastIndex((mark) => mark <= least);
  // An axis without an extent cannot be drawn: a single value gets the next mark as well.
  const high = Math.max(
    marks.findIndex((mark) => mark >= greatest),
    low + 1,
  );
  const within = marks.slice(low, high + 1);
  const tens = within.filter((mark) => Number.isInteger(Math.log10(mark)));
  const ticks = within.length > most && tens.length >= 2 ? tens : within;
  return { domain: [within[0] ?? 1, within.at(-1) ?? 10], ticks };
}
