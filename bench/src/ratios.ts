import type { ContestantResult, CpuCost, Target } from "./result.ts";
import type { MicroResults } from "./micro/micro-results.ts";

/** What the ratios are held against, by name, in the order of the table. */
const LIMITS: Readonly<Record<string, Pick<Target, "limit" | "kind">>> = {
  unaryCpuVsEcho: { limit: 1.15, kind: "atMost" },
  soldOutCpuVsEcho: { limit: 1.05, kind: "atMost" },
  streamVsEcho: { limit: 8, kind: "atLeast" },
  commitVsLegacy: { limit: 25, kind: "atLeast" },
  cpuVsLegacy: { limit: 25, kind: "atLeast" },
  cpuVsBullmq: { limit: 20, kind: "atLeast" },
  cpuVsList: { limit: 12, kind: "atLeast" },
  cpuVsZset: { limit: 6, kind: "atLeast" },
  cpuVsRabbit1: { limit: 14, kind: "atLeast" },
  cpuVsRabbitBatch: { limit: 1.3, kind: "atLeast" },
  gateVsDoubleCounter: { limit: 2.5, kind: "atLeast" },
  bytesPerWinner: { limit: 30, kind: "atMost" },
  issuedLagP99Ms: { limit: 250, kind: "atMost" },
};

/** Whose CPU per coupon is divided by the stream's, by the ratio's name. */
const CPU_VS: Readonly<Record<string, string>> = {
  cpuVsLegacy: "legacy-sync",
  cpuVsBullmq: "bullmq",
  cpuVsList: "list-per-worker",
  cpuVsZset: "zset-cron",
  cpuVsRabbit1: "rabbitmq",
  cpuVsRabbitBatch: "rabbitmq-batch",
};

/** What the rounds found by themselves, since a ratio of medians is not the median of ratios. */
export type MeasuredRatios = Readonly<
  Partial<Record<"unaryCpuVsEcho" | "soldOutCpuVsEcho" | "streamVsEcho" | "issuedLagP99Ms", number>>
>;

/** All ratios whose both sides were measured, in the order of the table. */
export function ratiosOf(
  measured: MeasuredRatios,
  contestants: readonly ContestantResult[],
  micro: MicroResults | undefined,
): Record<string, number> {
  const find = (name: string): ContestantResult | undefined => contestants.find((one) => one.name === name);
  const stream = find("firstcome-stream");
  const legacy = find("legacy-sync");
  const doubleCounter = find("double-counter-full");
  const numeric = micro?.winners.find(({ ids }) => ids === "numeric");
  const ratios: Record<string, number | undefined> = {
    ...measured,
    commitVsLegacy: quotient(stream?.committedPerSecond, legacy?.committedPerSecond),
    ...Object.fromEntries(
      Object.entries(CPU_VS).map(([ratio, peer]) => [
        ratio,
        quotient(find(peer)?.cpuUsPerCoupon.total, stream?.cpuUsPerCoupon.total),
      ]),
    ),
    // Both end at the accept: nobody takes the hand-off of either.
    gateVsDoubleCounter: quotient(acceptsPerRedisSecond(find("firstcome-gate")), acceptsPerRedisSecond(doubleCounter)),
    bytesPerWinner: numeric?.bytesPerMember.ours,
  };
  return Object.fromEntries(
    Object.keys(LIMITS).flatMap((name): [string, number][] => {
      const ratio = ratios[name];
      return ratio === undefined || !Number.isFinite(ratio) ? [] : [[name, ratio]];
    }),
  );
}

/** What any design here pays for, whatever its own processes are: the decision and the row, on disk. */
const STORES = ["redis", "mysql"];

/**
 * How far each ratio of CPU could go if all of Firstcome but its stores cost nothing: what the peer takes a coupon, divided by what
 * Redis and MySQL take in the stream's run.
 */
export function ceilingsOf(contestants: readonly ContestantResult[]): Record<string, number> {
  const find = (name: string): CpuCost | undefined => contestants.find((one) => one.name === name)?.cpuUsPerCoupon;
  const stream = find("firstcome-stream")?.byProcess;
  const stores = STORES.reduce((sum, name) => sum + (stream?.[name] ?? Number.NaN), 0);
  return Object.fromEntries(
    Object.entries(CPU_VS).flatMap(([ratio, peer]): [string, number][] => {
      const ceiling = quotient(find(peer)?.total, stores);
      return ceiling === undefined || !Number.isFinite(ceiling) ? [] : [[ratio, ceiling]];
    }),
  );
}

/** Each measured ratio's limit, and whether it is met. */
export function targetsOf(ratios: Readonly<Record<string, number>>): Record<string, Target> {
  return Object.fromEntries(
    Object.entries(LIMITS).flatMap(([name, { limit, kind }]): [string, Target][] => {
      const ratio = ratios[name];
      if (ratio === undefined) return [];
      return [[name, { limit, kind, met: kind === "atLeast" ? ratio >= limit : ratio <= limit }]];
    }),
  );
}

function acceptsPerRedisSecond(contestant: ContestantResult | undefined): number | undefined {
  return quotient(contestant?.accepted, contestant?.redisCpuSeconds);
}

function quotient(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}
