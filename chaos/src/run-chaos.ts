import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localDirectory } from "@firstcome/stack";
import { checkRun } from "./check/check-run.ts";
import { drain, type OnItsWay } from "./check/drained.ts";
import { openWitnesses, type Witnesses } from "./check/witnesses.ts";
import { playFaults } from "./faults/play-faults.ts";
import type { CallEntry } from "./history/entry.ts";
import { Heard } from "./history/heard.ts";
import { History } from "./history/history.ts";
import { Operator } from "./load/operator.ts";
import { orderCalls } from "./load/order-calls.ts";
import { Rush } from "./load/rush.ts";
import { Sale } from "./load/sale.ts";
import { Shopping } from "./load/shoppers.ts";
import { STOCK, stockShop } from "./load/stock-shop.ts";
import { waysOf } from "./load/ways.ts";
import type { Options } from "./options.ts";
import { describeFault, type Fault } from "./plan/fault.ts";
import { seededRandom } from "./random.ts";
import type { Findings } from "./report/report.ts";
import { type CallersClient, setStage, type Stage } from "./stage/stage.ts";

const COUPONS_AT_A_TIME = 4;
const OPERATORS = 3;
/** How long the rush goes on when the last fault is over: what has stopped must flow again meanwhile. */
const CALM_MS = 6_000;
/** More than the longest pause that any part of the system makes between two tries. */
const DRAIN_MS = 60_000;
/** From when on operators finish coupons, as a share of the time in which faults are played. */
const FINISH_FROM = 0.6;

/** Sets the stage, plays the faults under a rush, waits until all is well again, and gathers what there is to be judged. */
export async function runChaos(
  options: Options,
  plan: readonly Fault[],
  say: (line: string) => void,
): Promise<Findings> {
  const { seed, seconds } = options;
  const directory = join(localDirectory, "chaos", `seed-${seed}`);
  await using history = new History(options.history ?? join(directory, "history.jsonl"));
  const heard = new Heard();
  const hear = (entry: CallEntry): void => {
    heard.note(entry);
    history.write(entry);
  };

  say(`History: ${history.path}\nLogs of the services: ${directory}`);
  await using stage = await setStage(directory, say);
  const { sale, rush, shopping, operators } = await openDoors(stage, options, heard, hear);
  say("The rush has begun.");

  const struck = await playFaults(plan, stage, (fault, what) => {
    say(`#${fault.no} ${describeFault(fault)} ${what}`);
    history.write({ at: Date.now(), fault: `#${fault.no} ${describeFault(fault)}`, what });
  });
  say("All faults are over; the rush goes on for a while.");
  await sleep(CALM_MS);

  // What operators leave half done is made whole first: whoever asks once more shall find the coupons open.
  const unsettled = await Promise.all(operators.map((operator) => operator.end()));
  await Promise.all([rush.end(), shopping.end(), sale.settled()]);
  say("Everyone who got no answer asks once more, and many who got one.");
  const unanswered = (await rush.askOnceMore()) + unsettled.reduce((sum, each) => sum + each, 0);
  await using witnesses = await openWitnesses(stage);
  const left = await settle(witnesses, operators);
  say("Nothing is on its way any more; what callers were told is held against MySQL and Redis.");
  const { cancelAsked } = shopping;
  const check = await checkRun(witnesses, { heard, sold: sale.coupons, cancelAsked, stock: STOCK });
  const coupons = sale.coupons.length;
  const redriven = operators.reduce((sum, operator) => sum + operator.redriven, 0);
  return { seed, seconds, struck, heard, check, coupons, left, unanswered, redriven, services: stage.services };
}

/** What was refused as the faults ended may have become a dead letter after the operators' last look: it is put back as well. */
async function settle(witnesses: Witnesses, [operator]: readonly Operator[]): Promise<OnItsWay> {
  const left = await drain(witnesses, DRAIN_MS);
  const { deadLetters } = await witnesses.handoff.stats();
  if (deadLetters === 0) return left;
  await operator?.redrive();
  return drain(witnesses, DRAIN_MS);
}

async function openDoors(
  { clients }: Stage,
  { seed, seconds }: Options,
  heard: Heard,
  hear: (entry: CallEntry) => void,
): Promise<{ sale: Sale; rush: Rush; shopping: Shopping; operators: Operator[] }> {
  const random = seededRandom(seed);
  const [{ client }] = clients as [CallersClient];
  const sale = new Sale({ clients: clients.map((each) => each.client), atATime: COUPONS_AT_A_TIME, random });
  const [productIds] = await Promise.all([stockShop(client), sale.begin()]);
  const rush = new Rush({ ways: waysOf(clients), sale, random, hear });
  const calls = orderCalls(clients, hear);
  const { winners } = heard;
  const finishFrom = Date.now() + FINISH_FROM * seconds * 1_000;
  const operators = Array.from({ length: OPERATORS }, (_, i) => {
    const name = `operator-${i + 1}`;
    return new Operator({ name, clients, sale, winners, random: seededRandom(seed + 1 + i), hear, finishFrom });
  });
  return { sale, rush, shopping: new Shopping({ calls, productIds, winners, random }), operators };
}
