import { readFileSync } from "node:fs";
import type { Told } from "@firstcome/promise-check";
import { Child } from "../children/child.ts";
import { type Firstcome, startFirstcome } from "../contestants/firstcome/firstcome.ts";
import { untilCommitted } from "../contestants/firstcome/committed.ts";
import { holdPromises, numbersTold } from "../contestants/firstcome/hold-promises.ts";
import { measureLoad } from "../contestants/measured-load.ts";
import { Generator } from "../load/generator.ts";
import { CONNECTIONS } from "../plan.ts";
import type { Percentiles } from "../result.ts";
import type { FloodDone, FloodOrder } from "./flood.ts";
import type { PhaseCount } from "./phase-tally.ts";
import type { Phase } from "./schedule.ts";

export interface OverloadPlan {
  /** How often what the service can serve. */
  readonly times: number;
  readonly seconds: number;
  readonly connections: number;
}

const PLENTY = 4_000_000;
const WARM_UP_MS = 5_000;
const FULL_MS = 4_000;
const CALLERS = 256;
/** As many as a front end has under way on a connection. */
const CALLS_EACH = 1_024;
/** Short, so that who comes after the flood does not stand in a queue of the generator behind those who came with it. */
const PATIENCE_MS = 500;
const BEFORE = { share: 0.5, ms: 5_000 };
const NEXT_SECOND = { share: 0.5, ms: 1_000 };
const AFTER = { share: 0.5, ms: 8_000 };
const MEMORY_EVERY_MS = 1_000;

/**
 * What the service serves at full load, closed loop; then an open loop below it, far above it, and below it again. When all is over
 * the coupon is held against its promises.
 *
 * @returns broken promises, and calls that were neither served nor refused, in words. Empty: all is well.
 */
export async function overload(plan: OverloadPlan, say: (line: string) => void): Promise<readonly string[]> {
  const violations: string[] = [];
  const onViolation = (violation: string): void => void violations.push(violation);
  await using firstcome = await startFirstcome(say, { onHeld: () => say("held against its promises"), onViolation });
  await using generator = new Generator();
  await using flooding = new Child(new URL("flood-main.ts", import.meta.url));
  const couponId = await firstcome.openCoupon(PLENTY);
  const told: Told[] = [];
  let first = 0;
  const ask = async (atMostMs: number): Promise<number> => {
    const pace = { kind: "closed", asks: CALLERS, batch: 1, atMostMs } as const;
    const order = { couponId, first, users: PLENTY, connections: CONNECTIONS, method: "unary", pace } as const;
    const { done } = await measureLoad(firstcome, generator, order);
    for (const answer of numbersTold(first, done)) told.push(answer);
    first += done.asked;
    return (done.asked / done.ms) * 1_000;
  };
  await ask(WARM_UP_MS);
  const full = await ask(FULL_MS);
  say(`serves ${Math.round(full)} a second, asked by ${CALLERS} callers`);

  const phases: Phase[] = [
    { name: "before", perSecond: full * BEFORE.share, ms: BEFORE.ms },
    { name: `${plan.times} times`, perSecond: full * plan.times, ms: plan.seconds * 1_000 },
    { name: "in the second after", perSecond: full * NEXT_SECOND.share, ms: NEXT_SECOND.ms },
    { name: "then", perSecond: full * AFTER.share, ms: AFTER.ms },
  ];
  const { connections } = plan;
  const order = { address: firstcome.address, couponId, first, connections, phases };
  using memory = new MemoryWatch(firstcome);
  const { counts, told: toldInFlood } = await flooding.obey<FloodDone>(
    "flood",
    { ...order, callsEach: CALLS_EACH, patienceMs: PATIENCE_MS } satisfies FloodOrder,
    { deadlineMs: 3 * phases.reduce((sum, { ms }) => sum + ms, 0) + 60_000 },
  );
  for (const [i, { name, ms, perSecond }] of phases.entries()) {
    say(`${name}: ${Math.round(perSecond)} callers a second`);
    for (const line of describe(counts[i] as PhaseCount, ms / 1_000, full)) say(`  ${line}`);
  }
  say(`answers in each second: ${sumBySecond(counts, "servedInSecond").join(" ")}`);
  say(`refusals in each second: ${sumBySecond(counts, "refusedInSecond").join(" ")}`);
  say(`resident memory in each second, MB: ${memory.megabytes.join(" ")}`);

  for (const answer of toldInFlood) told.push(answer);
  violations.push(...failuresIn(counts));
  await untilCommitted(firstcome.database, couponId, told.length);
  await holdPromises(firstcome, { couponId, quantity: PLENTY, told });
  return violations;
}

/** Refusing is what the service is to do with callers whom it cannot serve; nothing else is. */
function failuresIn(counts: readonly PhaseCount[]): string[] {
  const ends = counts.flatMap(({ failed }) => Object.entries(failed));
  return [...Map.groupBy(ends, ([how]) => how)].map(([how, those]) => {
    const calls = those.reduce((sum, [, times]) => sum + times, 0);
    return `${calls} calls ended with ${how}`;
  });
}

function describe(count: PhaseCount, seconds: number, full: number): string[] {
  const rate = (callers: number): string => String(Math.round(callers / seconds));
  const share = Math.round((count.served / seconds / full) * 100);
  return [
    `served ${rate(count.served)}/s (${share} % of full), refused ${rate(count.refused)}/s, ` +
      `gave up before they could ask ${rate(count.gaveUp)}/s`,
    `served, from when they came:   ${percentiles(count.servedMs)}`,
    `served, from when they asked:  ${percentiles(count.servedSentMs)}`,
    `refused, from when they asked: ${percentiles(count.refusedSentMs)}`,
  ];
}

function percentiles({ p50, p90, p99, max }: Percentiles): string {
  const [half, nine, most, last] = [p50, p90, p99, max].map((ms) => ms.toFixed(0));
  return `p50 ${half}, p90 ${nine}, p99 ${most}, max ${last} ms`;
}

function sumBySecond(counts: readonly PhaseCount[], which: "servedInSecond" | "refusedInSecond"): number[] {
  const length = Math.max(...counts.map((count) => count[which].length));
  return Array.from({ length }, (_, second) => counts.reduce((sum, count) => sum + (count[which][second] ?? 0), 0));
}

/** Looks at the resident memory of the coupon service, from its making until it is disposed of. */
class MemoryWatch implements Disposable {
  readonly megabytes: number[] = [];
  readonly #looking: NodeJS.Timeout;

  constructor({ processes }: Pick<Firstcome, "processes">) {
    const pid = processes.find(({ name }) => name === "coupon")?.pid;
    this.#looking = setInterval(() => {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      this.megabytes.push(Math.round(Number(kilobytes) / 1_024));
    }, MEMORY_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
  }
}
