import { setTimeout as sleep } from "node:timers/promises";
import { fullJitterBackoff } from "../backoff.ts";
import type { Logger } from "../logger.ts";
import type { Answers, QuestionKind } from "./messages.ts";
import { afterDeath } from "./replacement.ts";
import { type Exit, WorkerProcess } from "./worker-process.ts";

export interface WorkerProcessesSpec {
  /** How many. */
  workers: number;
  /** How long one that is told to stop is left to itself, in ms. */
  killAfterMs: number;
  log: Logger;
  onEnded: (worker: WorkerProcess) => void;
}

const jitter = fullJitterBackoff({ baseMs: 100, maxMs: 10_000 });
/** In ms. Never nothing: that others died in the same moment must be known before the first is replaced. */
const backoff = (attempt: number): number => 100 + jitter(attempt);

/** So many places, each held by one worker process after the other. */
export class WorkerProcesses {
  readonly #spec: WorkerProcessesSpec;
  readonly #living = new Map<number, WorkerProcess>();
  readonly #stopping = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<never>();
  #address: string | undefined;
  #port: string | undefined;
  #youngDeaths = 0;
  #stopped: Promise<void> | undefined;

  constructor(spec: WorkerProcessesSpec) {
    this.#spec = spec;
    // Whether anybody waits for it or not.
    this.#lost.promise.catch(() => {});
  }

  /** Where all of them serve; undefined when they serve nothing. */
  get address(): string | undefined {
    return this.#address;
  }

  /** Resolves when all can do their work for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Rejects when they keep dying and none is left. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  get living(): readonly WorkerProcess[] {
    return [...this.#living.values()];
  }

  /** How many have a service that is up. */
  get up(): number {
    return this.living.filter(({ upForMs }) => upForMs !== undefined).length;
  }

  /**
   * Resolves when all are up, or on their way down. The first is alone at first: what keeps every one of them from starting
   * is then said once, and what one does for all, such as migrating a schema, does not hold the others up.
   *
   * @throws when one ends before it is up; the others are stopped then
   */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    try {
      await this.#take(1);
      if (this.#stopping.signal.aborted) return;
      const others = Array.from({ length: this.#spec.workers - 1 }, (_, index) => index + 2);
      await Promise.all(others.map((place) => this.#take(place)));
    } catch (error) {
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /** What each living process answers; undefined where one does not in time. */
  async ask<K extends QuestionKind>(kind: K, timeoutMs: number): Promise<Map<WorkerProcess, Answers[K] | undefined>> {
    const asked = this.living.map(async (worker) => [worker, await worker.ask(kind, timeoutMs)] as const);
    const answers = await Promise.all(asked);
    return new Map(answers.filter(([worker]) => this.living.includes(worker)));
  }

  /**
   * Stops all of them. Asking again gives the same promise.
   *
   * @throws when one did not end as it should
   */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    this.#stopping.abort();
    const stops = [...this.#living].map(async ([place, worker]) => {
      const exit = await worker.stop(this.#spec.killAfterMs);
      // Nothing is lost with one that was told to stop before it could listen.
      const isOrderly = exit.code === 0 || (exit.signal === "SIGTERM" && worker.upForMs === undefined);
      return isOrderly ? [] : [`worker ${place} ended with ${describe(exit)}`];
    });
    const failures = (await Promise.all(stops)).flat();
    if (failures.length > 0) throw new Error(failures.join(", "));
  }

  /** Puts the first process in a place; from when it is up, the place is kept. */
  async #take(place: number): Promise<void> {
    const worker = this.#fork(place);
    const exit = await Promise.race([this.#whenUp(place, worker), worker.exited]);
    if (exit && !this.#stopping.signal.aborted) {
      throw new Error(`worker ${place} ended with ${describe(exit)} while it started`);
    }
    this.#keep(place, worker).catch(this.#lost.reject);
  }

  async #keep(place: number, first: WorkerProcess): Promise<void> {
    for (let worker = first; ; worker = this.#fork(place)) {
      if (worker !== first) void this.#whenUp(place, worker);
      const exit = await worker.exited;
      if (this.#stopping.signal.aborted) return;
      const { upForMs } = worker;
      const { youngDeaths, next } = afterDeath(this.#youngDeaths, { upForMs, othersUp: this.up }, backoff);
      this.#youngDeaths = youngDeaths;
      if (next.kind === "give-up") throw new Error(`workers keep ending, the last one with ${describe(exit)}`);
      const level = exit.code === 0 ? "warn" : "error";
      const facts = { worker: place, workerPid: worker.pid, ...exit, afterMs: Math.round(next.afterMs) };
      this.#spec.log[level](facts, "a worker ended; another will take its place");
      if (await isCutShort(sleep(next.afterMs, undefined, { signal: this.#stopping.signal }))) return;
    }
  }

  #fork(place: number): WorkerProcess {
    // Processes that were given any free port share it as long as one of them holds it. After that it is asked for by number.
    if (this.#living.size === 0) this.#port = this.#address?.split(":").at(-1);
    const worker = WorkerProcess.fork({
      WORKER_NUMBER: String(place),
      ...(this.#port !== undefined && { PORT: this.#port }),
    });
    this.#living.set(place, worker);
    void this.#noteReady(worker);
    void this.#forget(place, worker);
    return worker;
  }

  async #noteReady(worker: WorkerProcess): Promise<void> {
    await worker.ready;
    if (this.living.filter(({ isReady }) => isReady).length === this.#spec.workers) this.#ready.resolve();
  }

  async #forget(place: number, worker: WorkerProcess): Promise<void> {
    await worker.exited;
    this.#living.delete(place);
    this.#spec.onEnded(worker);
  }

  async #whenUp(place: number, worker: WorkerProcess): Promise<undefined> {
    const address = await worker.up;
    this.#address ??= address;
    // Possible when any free port was asked for and its last holder ended just before.
    if (address !== this.#address) this.#lost.reject(new Error(`worker ${place} serves at another port: ${address}`));
    this.#spec.log.info({ worker: place, workerPid: worker.pid }, "a worker is up");
  }
}

function describe({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}

async function isCutShort(wait: Promise<unknown>): Promise<boolean> {
  return await wait.then(
    () => false,
    () => true,
  );
}
