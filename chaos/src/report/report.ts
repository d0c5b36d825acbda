import type { CouponViolations } from "../check/coupon-violations.ts";
import type { OnItsWay } from "../check/drained.ts";
import type { OrderViolations } from "../check/order-violations.ts";
import type { RunCheck } from "../check/check-run.ts";
import type { Struck } from "../faults/strike.ts";
import type { Heard } from "../history/heard.ts";
import { describeFault } from "../plan/fault.ts";
import { whatWasNotSeen } from "./not-seen.ts";
import { findRecoveries, type Flow, type FlowTimes } from "./recovery.ts";

/** What was played, what came of it, and how often each promise was broken. */
export interface Report extends Omit<CouponViolations, "duplicates">, OrderViolations {
  readonly seed: number;
  readonly seconds: number;
  /** Faults by kind and by what they hit, such as "kill redis": how often. */
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
  /** kill, freeze, … */
  readonly faultKinds: number;
  /** Coupons that users rushed for. */
  readonly coupons: number;
  /** Users who were told that they have won. */
  readonly accepted: number;
  readonly rows: number;
  /** P2: rows beyond the first of a user. */
  readonly duplicated: number;
  /** P6: items that were given up. */
  readonly deadLetters: number;
  /** Dead letters that operators put back, and know that they did; some of them more than once. */
  readonly redriven: number;
  /** Coupons that were finished: by an operator, or since all was sold. */
  readonly finished: number;
  /** What was still on its way when the time for it was up: batches and messages. */
  readonly notDrained: number;
  /**
   * What was not answered although all was well again: users who got no answer, or were told that a coupon is paused which every
   * operator had resumed; and what operators asked for.
   */
  readonly unanswered: number;
  /** Services that ended although nobody had asked them to. */
  readonly crashes: number;
  /** What had not come back after a fault when the run was over. */
  readonly neverRecovered: readonly string[];
  readonly slowestRecovery: { readonly ms: number; readonly of: Flow; readonly after: string } | undefined;
  readonly orders: { readonly paid: number; readonly cancelled: number };
  /** Answers that no caller should get, whatever is broken: by call and code. */
  readonly oddAnswers: Readonly<Record<string, number>>;
  /** Starts that were given up since a store was away, and stops that were not orderly: no promise is about these. */
  readonly failedStarts: number;
  readonly uncleanStops: number;
  /** What did not come to pass: of it the run says nothing. */
  readonly notSeen: readonly string[];
  /** By call, then by outcome or error code. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What was seen of a run. */
export interface Findings {
  readonly seed: number;
  readonly seconds: number;
  readonly struck: readonly Struck[];
  readonly heard: Heard;
  readonly check: RunCheck;
  readonly coupons: number;
  readonly left: OnItsWay;
  readonly unanswered: number;
  readonly redriven: number;
  readonly services: readonly {
    readonly crashes: number;
    readonly failedStarts: number;
    readonly uncleanStops: number;
  }[];
}

export function makeReport(findings: Findings): Report {
  const { seed, seconds, struck, heard, check, coupons, left, unanswered, redriven, services } = findings;
  const { duplicates, ...couponViolations } = check.coupons;
  const flowedAt: FlowTimes = new Map<Flow, readonly number[]>([...heard.flowedAt, ["rows", check.rowsAt]]);
  const { slowest, never } = findRecoveries(struck, flowedAt);
  const calls = Object.fromEntries([...heard.calls].map(([call, outcomes]) => [call, Object.fromEntries(outcomes)]));
  const seen = {
    faults: countFaults(struck),
    calls,
    finished: check.finished,
    redriven,
    orders: { paid: check.ordersPaid, cancelled: check.ordersCancelled },
  };
  return {
    seed,
    seconds,
    ...seen,
    faultCount: struck.length,
    faultKinds: new Set(struck.map(({ fault }) => fault.kind)).size,
    coupons,
    accepted: check.accepted,
    rows: check.rows,
    ...couponViolations,
    duplicated: duplicates,
    ...check.orders,
    deadLetters: check.deadLetters,
    notSeen: whatWasNotSeen(seen),
    notDrained: left.batches + left.messages,
    unanswered,
    crashes: sum(services.map((service) => service.crashes)),
    neverRecovered: never.map(({ fault, flow }) => `${flow} after ${describeFault(fault)}`),
    slowestRecovery: slowest && { ms: slowest.ms, of: slowest.flow, after: describeFault(slowest.fault) },
    oddAnswers: findOddAnswers(calls),
    failedStarts: sum(services.map((service) => service.failedStarts)),
    uncleanStops: sum(services.map((service) => service.uncleanStops)),
  };
}

/** What went wrong, in words. Empty: every promise held. */
export function whatIsBroken(report: Report): string[] {
  const broken = MUST_BE_ZERO.filter((name) => report[name] > 0).map((name) => `${name}: ${report[name]}`);
  const odd = Object.entries(report.oddAnswers).map(([what, times]) => `${what}: ${times} times`);
  const never = report.neverRecovered.map((what) => `never again: ${what}`);
  return [...broken, ...odd, ...never];
}

const MUST_BE_ZERO = [
  "overIssued",
  "lost",
  "duplicated",
  "numberGaps",
  "outOfOrder",
  "numberMismatches",
  "timeMismatches",
  "secondThoughts",
  "heldBack",
  "notRevoked",
  "revokedUnasked",
  "acceptedAfterEnd",
  "changedAfterEnd",
  "notFinished",
  "quantityMismatches",
  "deadLetters",
  "salesMismatches",
  "miscountedOrders",
  "couponsUsedTwice",
  "couponUseMismatches",
  "stockMismatches",
  "ordersToldWrong",
  "ordersRepeated",
  "notDrained",
  "unanswered",
  "crashes",
] as const satisfies readonly (keyof Report)[];

/** What a caller hears while something is broken, or when they try what is not allowed. */
const USUAL = new Set([
  "ACCEPTED",
  "ALREADY_ISSUED",
  "SOLD_OUT",
  "PAUSED",
  "FINISHED",
  "DONE",
  "CREATED",
  "PAID",
  "CANCELLED",
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "RESOURCE_EXHAUSTED",
]);

/**
 * Trying to use a coupon twice, or one that was revoked, and paying what was cancelled, is refused; so is changing a coupon
 * that is finished, taking one back that is used, and rebuilding a gate while another does.
 */
const REFUSED = new Set([
  "CreateOrder FAILED_PRECONDITION",
  "PayOrder FAILED_PRECONDITION",
  "AddStock FAILED_PRECONDITION",
  "PauseCoupon FAILED_PRECONDITION",
  "ResumeCoupon FAILED_PRECONDITION",
  "RevokeUserCoupon FAILED_PRECONDITION",
  "RebuildGate ABORTED",
]);

function findOddAnswers(calls: Report["calls"]): Record<string, number> {
  const all = Object.entries(calls).flatMap(([call, outcomes]) =>
    Object.entries(outcomes).map(([outcome, times]) => ({ call, outcome, times })),
  );
  const odd = all.filter(({ call, outcome }) => !USUAL.has(outcome) && !REFUSED.has(`${call} ${outcome}`));
  return Object.fromEntries(odd.map(({ call, outcome, times }) => [`${call} ${outcome}`, times]));
}

function countFaults(struck: readonly Struck[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fault } of struck) {
    const name = `${fault.kind} ${fault.target.replaceAll(/-\d/g, "")}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
