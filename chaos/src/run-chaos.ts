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
import { Load } from "./load/load.ts";
import type { Operator } from "./load/operator.ts";
import { STOCK } from "./load/stock-shop.ts";
import type { Options } from "./options.ts";
import { describeFault, type Fault } from "./plan/fault.ts";
import type { Findings } from "./report/report.ts";
import { setStage } from "./stage/stage.ts";

/** How long the rush goes on when the last fault is over: what has stopped must flow again meanwhile. */
const CALM_MS = 6_000;
/** More than the longest pause that any part of the system makes between two tries. */
const DRAIN_MS = 60_000;

/**
 * Sets the stage, plays the faults under a rush, waits until all is well again, and gathers what there is to be judged.
 *
 * @throws what kept the run from its end, when everybody has gone and all that was started has ended
 */
export async function runChaos(
  options: Options,
  plan: readonly Fault[],
  say: (line: string) => void,
  openStage: typeof setStage = setStage,
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
  await using stage = await openStage(directory, say);
  // Above what it talks to and what it writes to, so that it is gone before either is.
  await using load = await Load.begin({ clients: stage.clients, seed, seconds, winners: heard.winners, hear });
  const { sale, rush, shopping, operators } = load;
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
