import { setTimeout as pause } from "node:timers/promises";
import { Child } from "../children/child.ts";
import type { MeasuredProcess } from "../measure/cpu-clock.ts";
import { openServers } from "../servers.ts";
import type { RunDone, RunOrder, StartOrder } from "./orders.ts";
import type { Peer, PeerEnv } from "./peer.ts";

/** A peer at work: servers of its own, its acceptor and its workers as processes of their own. */
export interface Stand extends AsyncDisposable {
  readonly env: PeerEnv;
  /** Lets users ask, in the peer's batches. */
  ask(order: Pick<RunOrder, "first" | "users" | "concurrency">): Promise<RunDone>;
  /** Waits until so many users have a row, or none has got one for `stallMs`. Undefined for a peer without rows. */
  untilRows(expected: number, stallMs: number): Promise<RowsSeen | undefined>;
  processes(): MeasuredProcess[];
  /** The first `count` workers, by SIGKILL. Resolves when they take work again; to be awaited before the stand is disposed of. */
  killAndRestart(count: number, afterMs: number): Promise<void>;
}

export interface RowsSeen {
  readonly rows: number;
  /** When the last of them was seen, as `performance.now()`. */
  readonly at: number;
}

/** As the rows of one coupon; peers have no table of coupons. */
const COUPON_ID = "1";
const COUNT_INTERVAL_MS = 20;
const START_DEADLINE_MS = 30_000;
const RUN_DEADLINE_MS = 120_000;
const ACCEPTOR_MAIN = new URL("acceptor-main.ts", import.meta.url);
const WORKER_MAIN = new URL("worker-main.ts", import.meta.url);

/** Sets a peer up on empty servers. @param quantity pieces of the coupon */
export async function openStand(peer: Peer, quantity: number, say: (line: string) => void): Promise<Stand> {
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(await openServers(peer.needs, say));
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
  await Promise.all(Array.from({ length: worker?.count ?? 0 }, (_, index) => startWorker(index)));
  const acceptor = opening.use(new Child(ACCEPTOR_MAIN));
  await start(acceptor, { module: peer.acceptor.href, env, index: 0 });

  const open = opening.move();
  return {
    env,
    ask: (order) =>
      acceptor.obey<RunDone>("run", { ...order, batch: peer.batch ?? 1 } satisfies RunOrder, {
        deadlineMs: RUN_DEADLINE_MS,
      }),
    untilRows: (expected, stallMs) => untilRows(peer, env, expected, stallMs),
    processes: () => [
      ...servers.processes,
      { name: "acceptor", pid: acceptor.pid },
      ...workers.map(({ pid }) => ({ name: "worker", pid })),
    ],
    async killAndRestart(count, afterMs) {
      const killed = workers.slice(0, count);
      await Promise.all(killed.map((victim) => victim.kill()));
      await pause(afterMs);
      const restarts = await Promise.allSettled(killed.map((_, index) => startWorker(index)));
      for (const restart of restarts) if (restart.status === "rejected") throw restart.reason;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function start(child: Child, order: StartOrder): Promise<void> {
  await child.obey("start", order, { deadlineMs: START_DEADLINE_MS });
}

async function untilRows(peer: Peer, env: PeerEnv, expected: number, stallMs: number): Promise<RowsSeen | undefined> {
  if (peer.countRows === undefined) return undefined;
  let seen = { rows: -1, at: performance.now() };
  while (seen.rows < expected && performance.now() - seen.at < stallMs) {
    const rows = await peer.countRows(env, expected);
    if (rows !== seen.rows) seen = { rows, at: performance.now() };
    if (rows < expected) await pause(COUNT_INTERVAL_MS);
  }
  return seen;
}
