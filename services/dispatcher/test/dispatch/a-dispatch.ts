import { createMetrics, silentLogger } from "@firstcome/runtime";
import { FakeClock } from "@firstcome/testkit";
import { Dispatch } from "../../src/dispatch/dispatch.ts";
import { DispatchMeter } from "../../src/dispatch/dispatch-meter.ts";
import { Settler } from "../../src/dispatch/settler.ts";
import type { WorkerLine } from "../../src/dispatch/worker-line.ts";
import type { HandoffBatch, HandoffSource, Settlement } from "../../src/domain/handoff-source.ts";
import { Holdings } from "../../src/domain/holdings.ts";
import { Ledger } from "../../src/domain/ledger.ts";
import type { Session } from "../../src/dispatch/session.ts";

/** A hand-off that answers what a test sets, and remembers what it was asked. */
export class FakeSource implements HandoffSource {
  readonly lanes = [];
  readonly settled: Settlement[][] = [];
  readonly failures: { batchId: string; failures: number }[] = [];
  readonly released: string[] = [];
  claims: HandoffBatch[][] = [];
  readonly claimCounts: number[] = [];
  lost: string[] = [];
  readonly kept: string[][] = [];
  readonly forgetting: number[] = [];
  prepared = 0;
  /** What the next calls fail with. */
  error: Error | undefined;
  /** When settling answers. */
  answer = Promise.resolve();
  /** Batches that cannot be settled. */
  unsettled = new Set<string>();
  /** Batches that cannot be released. */
  unreleased = new Set<string>();
  /** What a part of it fails with when batches are kept or released. */
  partError: Error | undefined;

  async prepare(): Promise<void> {
    this.prepared += 1;
    this.#fail();
  }

  async claim({ count }: { minIdleMs: number; count: number }): Promise<{ batches: HandoffBatch[]; parts: number }> {
    this.#fail();
    this.claimCounts.push(count);
    return { batches: this.claims.shift() ?? [], parts: 1 };
  }

  async keepAlive(batchIds: readonly string[]): Promise<{ lost: string[]; error?: unknown }> {
    this.#fail();
    this.kept.push([...batchIds]);
    return { lost: this.lost, error: this.partError };
  }

  async settle(settlements: readonly Settlement[]): Promise<{ unsettled: Settlement[]; error?: unknown }> {
    this.#fail();
    this.settled.push([...settlements]);
    await this.answer;
    return {
      unsettled: settlements.filter(({ batchId }) => this.unsettled.has(batchId)),
      error: new Error("half away"),
    };
  }

  async recordFailures(failed: readonly { batchId: string; failures: number }[]): Promise<void> {
    this.failures.push(...failed);
  }

  async release(batchIds: readonly string[]): Promise<{ unreleased: string[]; error?: unknown }> {
    this.#fail();
    this.released.push(...batchIds.filter((batchId) => !this.unreleased.has(batchId)));
    return { unreleased: batchIds.filter((batchId) => this.unreleased.has(batchId)), error: this.partError };
  }

  async leave(): Promise<void> {
    this.#fail();
  }

  async forgetSilent(silentMs: number): Promise<number> {
    this.#fail();
    this.forgetting.push(silentMs);
    return 0;
  }

  async backlog(): Promise<never> {
    throw new Error("not asked for here");
  }

  #fail(): void {
    if (this.error) throw this.error;
  }
}

/** The dispatch around a fake hand-off, at a time that stands still. */
export function aDispatch() {
  const clock = new FakeClock(0);
  const log = silentLogger;
  const source = new FakeSource();
  const holdings = new Holdings();
  const meter = new DispatchMeter(createMetrics({ name: "test" }));
  const settler = new Settler({ source, holdings, meter, clock, log });
  let tokens = 0;
  const ledger = new Ledger({
    holdings,
    retry: { failureLimit: 3, backoff: () => 100, releaseDelayMs: 10 },
    deliveryDeadlineMs: 1_000,
    nextToken: () => String(++tokens),
  });
  const streams = { streamMaxAgeMs: 10_000, streamGraceMs: 500 };
  const dispatch = new Dispatch({ ledger, holdings, settler, source, meter, clock, log, ...streams });
  return { clock, log, source, holdings, meter, settler, ledger, dispatch };
}

/** A worker's end that notes what is said to it. */
export class FakeLine implements WorkerLine {
  readonly said: string[] = [];
  /** Whether the worker reads. */
  reads = true;
  readonly #room: (() => void)[] = [];

  deliver(deliveries: readonly { batchId: string }[]): boolean {
    return this.#say(`deliver ${deliveries.map(({ batchId }) => batchId).join(" ")}`);
  }

  confirm(batchIds: readonly string[]): boolean {
    return this.#say(`confirm ${batchIds.join(" ")}`);
  }

  heartbeat(): boolean {
    return this.#say("heartbeat");
  }

  goAway(reason: string, graceMs: number): boolean {
    return this.#say(`go away ${reason} ${graceMs}`);
  }

  drained(): boolean {
    return this.#say("drained");
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#room.push(resolve));
  }

  readAgain(): void {
    this.reads = true;
    for (const resolve of this.#room.splice(0)) resolve();
  }

  #say(what: string): boolean {
    this.said.push(what);
    return this.reads;
  }
}

export function attach(dispatch: Dispatch, line: WorkerLine = new FakeLine(), maxBatches = 10): Session {
  const worker = { workerId: "w1", serialNo: "1", name: "test", peer: "nowhere", attachedAt: 0 };
  return dispatch.attach(worker, { maxBatches, maxItems: 1_000 }, line);
}

/** When everything that was started in this turn of the event loop has been done. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
