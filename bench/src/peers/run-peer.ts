import { cpuBetween, readCpu } from "../measure/cpu-clock.ts";
import { perCoupon } from "../measure/cpu-cost.ts";
import { percentilesOf } from "../measure/histogram.ts";
import { middleOf } from "../measure/median.ts";
import type { ContestantResult, CpuCost } from "../result.ts";
import { faultsSince } from "./faults-since.ts";
import type { RunDone } from "./orders.ts";
import type { Peer } from "./peer.ts";
import { runFault } from "./run-fault.ts";
import { openStand, type Stand } from "./stand.ts";

/** When no new row has come for so long, none will. */
const STALL_MS = 10_000;

export interface PeerRun {
  /** Of all timed windows together. */
  readonly users: number;
  readonly windows: number;
  /** Before them, so that the code is compiled and the connections are open. */
  readonly warmUpUsers: number;
  readonly say: (line: string) => void;
}

/**
 * Lets a peer do the work on empty servers, and audits it: it warms up, and is then timed in several windows one after the other, of
 * which the one with the median CPU counts, as Firstcome's rounds do. @throws when it cannot be run.
 */
export async function runPeer(peer: Peer, { users, windows, warmUpUsers, say }: PeerRun): Promise<ContestantResult> {
  await using stand = await openStand(peer, warmUpUsers + users, say);
  const { env } = stand;
  const warmUp = await stand.ask({ first: 0, users: warmUpUsers, concurrency: peer.concurrency });
  let { accepted } = warmUp;
  let rowsBefore = (await stand.untilRows(accepted.length, STALL_MS))?.rows ?? 0;
  const before = await peer.audit(env, { accepted });

  const firstOf = (window: number): number => warmUpUsers + Math.round((users * window) / windows);
  const timed: Window[] = [];
  for (let n = 0; n < windows; n++) {
    const first = firstOf(n);
    const window = await measureWindow(stand, peer, { first, users: firstOf(n + 1) - first, rowsBefore });
    accepted = accepted.concat(window.done.accepted);
    rowsBefore += window.rows ?? 0;
    timed.push(window);
  }
  const faults = faultsSince(before, await peer.audit(env, { accepted }));
  say(`  windows: ${timed.map(({ cost }) => cost.total.toFixed(1)).join(", ")} µs a coupon`);

  const { done, cost, redisCpuSeconds, seconds, rows, asked } = middleOf(timed, ({ cost: { total } }) => total);
  const { fault, untestedFault } = peer;
  return {
    name: peer.name,
    title: peer.title,
    users: asked,
    warmUpUsers,
    accepted: done.accepted.length,
    rows: rows ?? 0,
    seconds,
    acceptedPerSecond: done.accepted.length / (done.ms / 1_000),
    ...(rows === undefined ? {} : { committedPerSecond: rows / seconds }),
    cpuUsPerCoupon: cost,
    redisCpuSeconds,
    answerMs: percentilesOf(done.answers),
    faults,
    ...(fault === undefined ? {} : { faultExperiment: await runFault(peer, fault, say) }),
    ...(untestedFault === undefined ? {} : { untestedFault }),
    rounds: windows,
    setting: settingOf(peer),
    ...noteOf(
      peer,
      users,
      timed.map((window) => window.done),
    ),
  };
}

/** From the first call until the last accepted user has a row. */
interface Window {
  readonly asked: number;
  readonly done: RunDone;
  readonly cost: CpuCost;
  readonly redisCpuSeconds: number;
  readonly seconds: number;
  /** Written in it; undefined where the work ends with the accept. */
  readonly rows: number | undefined;
}

async function measureWindow(
  stand: Stand,
  { concurrency }: Pick<Peer, "concurrency">,
  { first, users, rowsBefore }: { first: number; users: number; rowsBefore: number },
): Promise<Window> {
  const cpuAtStart = readCpu(stand.processes());
  const startedAt = performance.now();
  const done = await stand.ask({ first, users, concurrency });
  const seen = await stand.untilRows(rowsBefore + done.accepted.length, STALL_MS);
  const cpu = cpuBetween(cpuAtStart, readCpu(stand.processes()));
  return {
    asked: users,
    done,
    cost: perCoupon(cpu, done.accepted.length),
    redisCpuSeconds: cpu.get("redis") ?? 0,
    seconds: (seen === undefined ? done.ms : Math.max(seen.at - startedAt, done.ms)) / 1_000,
    rows: seen === undefined ? undefined : Math.max(seen.rows - rowsBefore, 0),
  };
}

function settingOf({ concurrency, batch, worker }: Peer): string {
  const callers = batch === undefined ? `${concurrency} callers` : `${concurrency} callers, ${batch} at a time`;
  return worker === undefined ? callers : `${callers}; ${worker.count} ${worker.count === 1 ? "worker" : "workers"}`;
}

function noteOf(peer: Peer, users: number, runs: readonly RunDone[]): { note?: string } {
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  const why = [...new Set(runs.flatMap(({ failures }) => failures))].join("; ");
  const notes = [peer.note?.(users), failed > 0 ? `${failed} calls failed (${why})` : undefined];
  const said = notes.filter((line) => line !== undefined);
  return said.length > 0 ? { note: said.join("; ") } : {};
}
