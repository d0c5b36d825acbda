// A prime, so that multiplying by anything but its multiples permutes 0 … IDS - 1.
const IDS = 899_999_963;
const STRIDE = 479_001_599;
const LOWEST = 100_000_000;

/**
 * The id of the nth user, n from 0: nine digits, no two alike, in no order, as a shop's customers come. In rising order they would
 * be kinder to the unique index than life is.
 */
export function userIdOf(n: number): string {
  // In two steps, so that no product leaves the integers that a double holds.
  const high = Math.floor(n / 10_000);
  const low = n % 10_000;
  const scattered = ((((STRIDE * high) % IDS) * 10_000) % IDS) + ((STRIDE * low) % IDS);
  return String(LOWEST + (scattered % IDS));
}
