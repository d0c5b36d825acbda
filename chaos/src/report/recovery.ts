import type { Struck } from "../faults/strike.ts";
import type { HeardFlow } from "../history/heard.ts";
import { type Fault, isLinkFault, isRowFault } from "../plan/fault.ts";
import { COUPONS, endsOf, SERVICES, type ServiceTitle } from "../topology.ts";

/** What stops when something breaks: what callers hear, and the rows that are written. */
export type Flow = HeardFlow | "rows";

/** When something flowed: epoch ms, ascending. */
export type FlowTimes = ReadonlyMap<Flow, readonly number[]>;

export interface Recovery {
  readonly fault: Fault;
  readonly flow: Flow;
  /** From the end of the fault until it flowed again, without the time in which another fault kept it from flowing. */
  readonly ms: number;
}

export interface Recoveries {
  readonly slowest: Recovery | undefined;
  /** What had not flowed again when the run was over. */
  readonly never: readonly Omit<Recovery, "ms">[];
}

/** How long it took, after each fault, until all that it may have stopped flowed again. Pure. */
export function findRecoveries(struck: readonly Struck[], flowedAt: FlowTimes): Recoveries {
  const found = struck.flatMap((each) => flowsOf(each.fault).map((flow) => recoveryOf(each, flow, struck, flowedAt)));
  const recovered = found.filter((recovery): recovery is Recovery => recovery.ms !== undefined);
  return {
    slowest: recovered.toSorted((one, other) => other.ms - one.ms)[0],
    never: found.filter(({ ms }) => ms === undefined).map(({ fault, flow }) => ({ fault, flow })),
  };
}

/** The flows that a fault may stop. */
export function flowsOf(fault: Fault): Flow[] {
  // The rows of all others go on.
  if (isRowFault(fault)) return [];
  const { from, to } = isLinkFault(fault) ? endsOf(fault.target) : { from: fault.target, to: fault.target };
  // Of a link, whoever calls is the one that is hindered, unless it is everybody.
  const hindered = from === "callers" ? to : from;
  if (hindered === "redis" || hindered === "mysql") return [...COUPONS.map(answersOf), "rows", "orders"];
  switch (SERVICES[hindered]) {
    case "coupon":
      return [answersOf(hindered), "rows"];
    case "dispatcher":
      return from === "callers" ? [] : ["rows"];
    case "issuer":
      return ["rows"];
    case "order":
    case "ranking":
      return ["orders"];
    default:
      return SERVICES[hindered] satisfies never;
  }
}

function answersOf(coupon: ServiceTitle): Flow {
  return `answers of ${coupon}`;
}

function recoveryOf(
  { fault, endedAt }: Struck,
  flow: Flow,
  all: readonly Struck[],
  flowedAt: FlowTimes,
): { fault: Fault; flow: Flow; ms: number | undefined } {
  const flowsAgainAt = flowedAt.get(flow)?.find((at) => at >= endedAt);
  if (flowsAgainAt === undefined) return { fault, flow, ms: undefined };
  const others = all.filter((other) => other.fault !== fault && flowsOf(other.fault).includes(flow));
  return { fault, flow, ms: flowsAgainAt - endedAt - coveredMs(others, endedAt, flowsAgainAt) };
}

/** How much of the time from `from` to `to` lies within any of the faults. */
function coveredMs(faults: readonly Struck[], from: number, to: number): number {
  let covered = 0;
  let reached = from;
  for (const { begunAt, endedAt } of faults.toSorted((one, other) => one.begunAt - other.begunAt)) {
    const begins = Math.max(begunAt, reached);
    const ends = Math.min(endedAt, to);
    if (ends <= begins) continue;
    covered += ends - begins;
    reached = ends;
  }
  return covered;
}
