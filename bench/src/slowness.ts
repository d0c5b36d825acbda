/** What the bare echo reaches, in calls a second, where the users of a run take as long as the plan says: two quiet cores. */
const EXPECTED_ECHO = 15_000;
const SLOWEST = 4;

/**
 * How many times slower this machine is than the plan was made for, 1–4, so that a run on it can be shortened to take as long: fewer
 * users give the same cost per coupon, only coarser. Not so its warm-up: there is no less to compile. 1 when the echo was not measured.
 */
export function slownessOf(echoPerSecond: number | undefined): number {
  return echoPerSecond === undefined ? 1 : Math.min(Math.max(EXPECTED_ECHO / echoPerSecond, 1), SLOWEST);
}
