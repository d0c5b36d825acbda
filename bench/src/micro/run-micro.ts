import type { BenchServers } from "../servers.ts";
import { type DispatcherPlan, measureDispatcher } from "./dispatcher-cost.ts";
import { type GatePlan, measureGate } from "./gate-cost.ts";
import { type InsertPlan, measureInsert } from "./insert-cost.ts";
import type { MicroResults } from "./micro-results.ts";
import { measureWinners, type WinnersPlan } from "./winners-memory.ts";

export interface MicroPlan {
  readonly gate: GatePlan;
  readonly winners: WinnersPlan;
  readonly insert: InsertPlan;
  readonly dispatcher: DispatcherPlan;
}

const GATE_BATCHES = [1, 4, 16, 64, 256, 1_000];
/** Up to as many as the issuer puts into one. */
const ROWS = [10, 100, 1_000, 4_000];
const ENTRIES = [1, 8, 64, 256];
/** What the promise about memory is held against: it must not depend on the mode. */
const NUMERIC_MEMBERS = 1_000_000;

export const MICRO_PLANS: Readonly<Record<"quick" | "full", MicroPlan>> = {
  quick: {
    gate: { batches: GATE_BATCHES, windowMs: 800 },
    // A quarter of the million fills hash tables to the same degree, so that the figures are the same.
    winners: { numeric: NUMERIC_MEMBERS, uuid: 250_000 },
    insert: { sizes: ROWS, rows: 12_000, rounds: 3 },
    dispatcher: { batches: ENTRIES, entries: 10_000, users: 200_000 },
  },
  full: {
    gate: { batches: GATE_BATCHES, windowMs: 2_500 },
    winners: { numeric: NUMERIC_MEMBERS, uuid: 1_000_000 },
    insert: { sizes: ROWS, rows: 40_000, rounds: 5 },
    dispatcher: { batches: ENTRIES, entries: 40_000, users: 800_000 },
  },
};

/**
 * Measures the single stages, one after the other: nothing else should run meanwhile.
 *
 * @param servers an empty Redis and an empty database
 */
export async function runMicro(
  servers: Pick<BenchServers, "redisUrl" | "mysqlUrl" | "processes">,
  plan: MicroPlan,
  say: (line: string) => void,
): Promise<MicroResults> {
  const { redisUrl, mysqlUrl, processes } = servers;
  const mysqlPid = processes.find(({ name }) => name === "mysql")?.pid ?? Number.NaN;
  say(`the gate in batches of ${plan.gate.batches.join(", ")}`);
  const gateByBatch = await measureGate(redisUrl, plan.gate);
  say(`the memory of ${plan.winners.numeric} winners`);
  const winners = await measureWinners(redisUrl, plan.winners);
  say(`inserts of ${plan.insert.sizes.join(", ")} rows`);
  const insert = await measureInsert({ mysqlUrl, mysqlPid }, plan.insert);
  say(`the dispatcher with entries of ${plan.dispatcher.batches.join(", ")}`);
  const dispatcher = await measureDispatcher(redisUrl, plan.dispatcher);
  return { gateByBatch, winners, insert, dispatcher };
}
