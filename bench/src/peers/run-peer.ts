import { setTimeout as pause } from "node:timers/promises";
import { Child } from "../children/child.ts";
import { cpuBetween, type MeasuredProcess, readCpu } from "../measure/cpu-clock.ts";
import { perCoupon } from "../measure/cpu-cost.ts";
import { percentilesOf } from "../measure/histogram.ts";
import type { ContestantResult, FaultExperimentResult, Faults } from "../result.ts";
import { type BenchServers, openServers } from "../servers.ts";
import type { RunDone, RunOrder, StartOrder } from "./orders.ts";
import type { FaultExperiment, Peer, PeerAudit, PeerEnv } from "./peer.ts";

/** As the rows of one coupon; peers have no table of coupons. */
const COUPON_ID = "1";
const COUNT_INTERVAL_MS = 20;
/** When no new row has come for so long, none will. */
const STALL_MS = 10_000;
/** The same after a fault: what is lost is lost, the rest comes at once. */
const FAULT_STALL_MS = 3_000;
const START_DEADLINE_MS = 30_000;
const RUN_DEADLINE_MS = 120_000;
const ACCEPTOR_MAIN = new URL("acceptor-main.ts", import.meta.url);
const WORKER_MAIN = new URL("worker-main.ts", import.meta.url);

export interface PeerRun {
  /** Of the timed window. */
  readonly users: number;
  /** Before it, so that the code is compiled and the connections are open. */
  readonly warmUpUsers: number;
  readonly say: (line: string) => void;
}

/** Lets a peer do the work on empty servers, and audits it. @throws when it cannot be run. */
export async function runPeer(peer: Peer, { users, warmUpUsers, say }: PeerRun): Promise<ContestantResult> {
  await using stand = await setUp(peer, users + warmUpUsers, say);
  const { env, acceptor } = stand;
  const warmUp = await ask(peer, acceptor, { first: 0, users: warmUpUsers });
  await allRows(peer, env, warmUp.accepted.length, STALL_MS);

  const cpuAtStart = readCpu(stand.processes());
  const startedAt = performance.now();
  const timed = await ask(peer, acceptor, { first: warmUpUsers, users });
  const expected = warmUp.accepted.length + timed.accepted.length;
  const lastRowAt = await allRows(peer, env, expected, STALL_MS);
  const cpu = cpuBetween(cpuAtStart, readCpu(stand.processes()));

  const audit = await peer.audit(env, { accepted: [...warmUp.accepted, ...timed.accepted] });
  const accepted = timed.accepted.length;
  const seconds = (lastRowAt === undefined ? timed.ms : Math.max(lastRowAt - startedAt, timed.ms)) / 1_000;
  const rows = lastRowAt === undefined ? 0 : Math.max(audit.rows - audit.duplicated - warmUp.accepted.length, 0);
  const { fault } = peer;
  return {
    name: peer.name,
    title: peer.title,
    users,
    warmUpUsers,
    accepted,
    rows,
    seconds,
    acceptedPerSecond: accepted / (timed.ms / 1_000),
    ...(lastRowAt === undefined ? {} : { committedPerSecond: rows / seconds }),
    cpuUsPerCoupon: perCoupon(cpu, accepted),
    redisCpuSeconds: cpu.get("redis") ?? 0,
    answerMs: percentilesOf(timed.answers),
    faults: faultsOf(audit),
    ...(fault === undefined ? {} : { faultExperiment: await runFault(peer, fault, say) }),
    rounds: 1,
    setting: settingOf(peer),
    ...noteOf(peer, timed),
  };
}

/** Lets the peer meet its known fault, on servers of its own. */
async function runFault(
  peer: Peer,
  fault: FaultExperiment,
  say: (line: string) => void,
): Promise<FaultExperimentResult> {
  const { title, users, quantity, kill } = fault;
  say(`  ${peer.name}: ${title}`);
  await using stand = await setUp(peer, quantity, say);
  const { env, acceptor } = stand;
  let restarted = Promise.resolve();
  const killing = kill === undefined ? {} : { announceAt: Math.ceil(users * kill.atShare) };
  const told = await ask(peer, acceptor, { first: 0, users, ...killing }, () => {
    if (kill !== undefined) restarted = stand.killAndRestart(kill.workers, kill.restartMs);
  });
  await restarted;
  await allRows(peer, env, told.accepted.length, FAULT_STALL_MS);
  return { title, users, quantity, ...faultsOf(await peer.audit(env, { accepted: told.accepted })) };
}

interface Stand extends AsyncDisposable {
  readonly env: PeerEnv;
  readonly acceptor: Child;
  processes(): MeasuredProcess[];
  /** The first `count` workers. */
  killAndRestart(count: number, afterMs: number): Promise<void>;
}

async function setUp(peer: Peer, quantity: number, say: (line: string) => void): Promise<Stand> {
  await using opening = new AsyncDisposableStack();
  const servers: BenchServers = opening.use(await openServers(peer.needs, say));
  const { redisUrl, mysqlUrl, amqpUrl } = servers;
  const env: PeerEnv = { redisUrl, mysqlUrl, amqpUrl, couponId: COUPON_ID, quantity };
  await peer.prepare(env);

  const workers: Child[] = [];
  // Ended after the acceptor: senders before receivers.
  opening.defer(async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  });
  const { worker } = peer;
  const startWorker = async (index: number): Promise<void> => {
    workers[index] = new Child(WORKER_MAIN);
    if (worker !== undefined) await start(workers[index], { module: worker.module.href, env, index });
  };
  for (let index = 0; index < (worker?.count ?? 0); index++) await startWorker(index);
  const acceptor = opening.use(new Child(ACCEPTOR_MAIN));
  await start(acceptor, { module: peer.acceptor.href, env, index: 0 });

  const open = opening.move();
  return {
    env,
    acceptor,
    processes: () => [
      ...servers.processes,
      { name: "acceptor", pid: acceptor.pid },
      ...workers.map(({ pid }) => ({ name: "worker", pid })),
    ],
    async killAndRestart(count, afterMs) {
      const killed = workers.slice(0, count);
      await Promise.all(killed.map((victim) => victim.kill()));
      await pause(afterMs);
      await Promise.all(killed.map((_, index) => startWorker(index)));
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function start(child: Child, order: StartOrder): Promise<void> {
  await child.obey("start", order, { deadlineMs: START_DEADLINE_MS });
}

async function ask(
  { concurrency, batch = 1 }: Peer,
  acceptor: Child,
  users: Pick<RunOrder, "first" | "users" | "announceAt">,
  onAnnounced?: () => void,
): Promise<RunDone> {
  const order: RunOrder = { ...users, concurrency, batch };
  return await acceptor.obey<RunDone>("run", order, { deadlineMs: RUN_DEADLINE_MS, onNote: onAnnounced });
}

/**
 * Waits until there are so many rows, or until no new one has come for `stallMs`, and tells when the last one was seen. Undefined
 * for a peer without rows.
 */
async function allRows(peer: Peer, env: PeerEnv, expected: number, stallMs: number): Promise<number | undefined> {
  if (peer.countRows === undefined) return undefined;
  let seen = -1;
  let seenAt = performance.now();
  while (seen < expected && performance.now() - seenAt < stallMs) {
    const rows = await peer.countRows(env);
    if (rows !== seen) {
      seen = rows;
      seenAt = performance.now();
    }
    if (rows < expected) await pause(COUNT_INTERVAL_MS);
  }
  return seenAt;
}

function faultsOf({ lost, duplicated, overIssued }: PeerAudit): Faults {
  return { lost, duplicated, overIssued };
}

function settingOf({ concurrency, batch, worker }: Peer): string {
  const callers = batch === undefined ? `${concurrency} callers` : `${concurrency} callers, ${batch} at a time`;
  return worker === undefined ? callers : `${callers}; ${worker.count} workers`;
}

function noteOf({ note }: Peer, { failed, failures }: RunDone): { note?: string } {
  const failure = failed > 0 ? `${failed} calls failed (${failures.join("; ")})` : undefined;
  const notes = [note, failure].filter((line) => line !== undefined);
  return notes.length > 0 ? { note: notes.join("; ") } : {};
}
