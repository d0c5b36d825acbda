import { IssueOutcome } from "@firstcome/contracts/coupon";
import { perCoupon } from "../measure/cpu-cost.ts";
import { percentilesOf } from "../measure/histogram.ts";
import { middleOf } from "../measure/median.ts";
import type { ContestantResult } from "../result.ts";
import type { CouponRun } from "./firstcome/run-coupon.ts";
import type { MeasuredLoad } from "./measured-load.ts";

/** A contestant and how it was asked. */
export interface Entrant {
  readonly name: string;
  readonly title: string;
  readonly warmUpUsers: number;
  readonly setting: string;
}

/** A row of the table, of several rounds the one with the median CPU. */
export function couponEntry(entrant: Entrant, rounds: readonly CouponRun[]): ContestantResult {
  const round = middleOf(rounds, ({ cpuUsPerCoupon }) => cpuUsPerCoupon.total);
  return {
    ...entryOf(entrant, round, round.accepted),
    ...faultsOf(rounds),
    rows: round.rows,
    committedPerSecond: round.committedPerSecond,
    rounds: rounds.length,
  };
}

/** The same where there is nothing behind the answer. @param outcomes what was answered to those who count */
export function answerEntry(
  entrant: Entrant,
  rounds: readonly MeasuredLoad[],
  outcomes: readonly IssueOutcome[] = [IssueOutcome.ACCEPTED],
): ContestantResult {
  const round = middleOf(rounds, cpuOfAnswer);
  const counted = outcomes.reduce<number>((sum, outcome) => sum + (round.done.outcomes[outcome] ?? 0), 0);
  return { ...entryOf(entrant, round, counted), rounds: rounds.length };
}

/** CPU µs of one answer, over all processes. */
export function cpuOfAnswer({ cpu, done }: MeasuredLoad): number {
  return perCoupon(cpu, done.asked).total;
}

/** CPU µs of one answer in one of the processes. */
export function cpuOfAnswerIn(process: string, { cpu, done }: MeasuredLoad): number {
  return perCoupon(cpu, done.asked).byProcess[process] ?? Number.NaN;
}

function entryOf(entrant: Entrant, { done, cpu, seconds }: MeasuredLoad, accepted: number): ContestantResult {
  return {
    ...entrant,
    users: done.asked,
    accepted,
    rows: 0,
    seconds,
    acceptedPerSecond: accepted / (done.ms / 1_000),
    cpuUsPerCoupon: perCoupon(cpu, accepted),
    generatorUsPerCoupon: accepted > 0 ? (done.generatorCpuSeconds * 1_000_000) / accepted : 0,
    redisCpuSeconds: cpu.get("redis") ?? 0,
    answerMs: percentilesOf(done.answers),
    faults: { lost: 0, duplicated: 0, overIssued: 0 },
    rounds: 1,
    ...(done.failed > 0 ? { note: `${done.failed} users got no answer` } : {}),
  };
}

function faultsOf(rounds: readonly CouponRun[]): Pick<ContestantResult, "faults"> {
  const sum = (fault: "lost" | "duplicated" | "overIssued"): number =>
    rounds.reduce((total, { faults }) => total + faults[fault], 0);
  return { faults: { lost: sum("lost"), duplicated: sum("duplicated"), overIssued: sum("overIssued") } };
}
