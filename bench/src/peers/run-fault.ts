import type { FaultExperimentResult } from "../result.ts";
import { faultsSince } from "./faults-since.ts";
import type { CrowdExperiment, DeathExperiment, FaultExperiment, Peer } from "./peer.ts";
import { openStand, type Stand } from "./stand.ts";

/** When no new row has come for so long, the rest is lost: what is not comes at once. */
const STALL_MS = 2_000;
/** Of those who ask while workers die: few, so that the workers keep up with them, and what is lost is lost by their death. */
const CALLERS = 16;
/** How many ask before it is looked whether the workers are back. */
const USERS_AT_A_TIME = 200;

/** Lets the peer meet its known fault, on servers of its own. */
export async function runFault(
  peer: Peer,
  fault: FaultExperiment,
  say: (line: string) => void,
): Promise<FaultExperimentResult> {
  say(`  ${peer.name}: ${fault.title}`);
  return "kill" in fault ? await letWorkersDie(peer, fault, say) : await letCrowdAsk(peer, fault, say);
}

async function letCrowdAsk(
  peer: Peer,
  { title, users, quantity, asks = 1 }: CrowdExperiment,
  say: (line: string) => void,
): Promise<FaultExperimentResult> {
  await using stand = await openStand(peer, quantity, say);
  const accepted: string[] = [];
  for (let n = 0; n < asks; n++) {
    accepted.push(...(await stand.ask({ first: 0, users, concurrency: peer.concurrency })).accepted);
  }
  await stand.untilRows(new Set(accepted).size, STALL_MS);
  const { lost, duplicated, overIssued } = await peer.audit(stand.env, { accepted });
  return { title, users, quantity, lost, duplicated, overIssued };
}

async function letWorkersDie(
  peer: Peer,
  { title, warmUpUsers, users, kill }: DeathExperiment,
  say: (line: string) => void,
): Promise<FaultExperimentResult> {
  const quantity = warmUpUsers + users;
  await using stand = await openStand(peer, quantity, say);
  const { accepted } = await stand.ask({ first: 0, users: warmUpUsers, concurrency: CALLERS });
  await stand.untilRows(accepted.length, STALL_MS);
  const before = await peer.audit(stand.env, { accepted });

  let back = false;
  const dying = killAtWork(stand, accepted.length, kill).finally(() => (back = true));
  const asking = askUntil(stand, { first: warmUpUsers, users }, () => back);
  // Both to their end, also when one of them fails: no worker is started on a stand that is gone.
  const [death, asked] = await Promise.allSettled([dying, asking]);
  if (death.status === "rejected") throw death.reason;
  if (asked.status === "rejected") throw asked.reason;

  const told = [...accepted, ...asked.value];
  await stand.untilRows(told.length, STALL_MS);
  const faults = faultsSince(before, await peer.audit(stand.env, { accepted: told }));
  return { title, users: asked.value.length, quantity, ...faults };
}

async function killAtWork(
  stand: Stand,
  rowsBefore: number,
  { afterRows, workers, restartMs }: DeathExperiment["kill"],
): Promise<void> {
  const wanted = rowsBefore + afterRows;
  const seen = await stand.untilRows(wanted, STALL_MS);
  if (seen === undefined || seen.rows < wanted) throw new Error(`the workers have written ${seen?.rows} of ${wanted}`);
  await stand.killAndRestart(workers, restartMs);
}

/** @returns who was accepted */
async function askUntil(
  stand: Stand,
  { first, users }: { first: number; users: number },
  isOver: () => boolean,
): Promise<string[]> {
  const accepted: string[] = [];
  for (let next = first; next < first + users && !isOver(); next += USERS_AT_A_TIME) {
    const asking = Math.min(USERS_AT_A_TIME, first + users - next);
    accepted.push(...(await stand.ask({ first: next, users: asking, concurrency: CALLERS })).accepted);
  }
  return accepted;
}
