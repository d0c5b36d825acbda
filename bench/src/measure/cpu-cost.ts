import type { CpuCost } from "../result.ts";

/** CPU seconds by process, shared out over the coupons. */
export function perCoupon(cpuSeconds: ReadonlyMap<string, number>, coupons: number): CpuCost {
  const cost = (seconds: number): number => (coupons > 0 ? (seconds * 1_000_000) / coupons : 0);
  const byProcess = Object.fromEntries([...cpuSeconds].map(([name, seconds]) => [name, cost(seconds)]));
  return { total: Object.values(byProcess).reduce((sum, us) => sum + us, 0), byProcess };
}
