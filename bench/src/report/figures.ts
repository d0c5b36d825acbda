/** 23456 → "23 456", 12.345 → "12.3", 0.4567 → "0.46": as many digits as the measurement is worth. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 100 ? grouped(value) : trimmed(value, size >= 10 ? 1 : 2);
}

/** For axes and labels: 250000 → "250k". */
export function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${trimmed(value / 1e6, 1)}M`;
  if (Math.abs(value) >= 10_000) return `${trimmed(value / 1e3, 0)}k`;
  if (Math.abs(value) >= 1_000) return `${trimmed(value / 1e3, 1)}k`;
  return figure(value);
}

/** Thin no-break spaces between the thousands. */
function grouped(value: number): string {
  return Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
