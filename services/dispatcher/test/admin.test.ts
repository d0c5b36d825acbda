import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@firstcome/rpc";
import { eventually, testRedis } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";
import type { TestWorker } from "./test-worker.ts";

let redis: ReturnType<typeof testRedis>;
let handOff: HandOff;
let dispatcher: TestDispatcher;

beforeEach(async () => {
  redis = testRedis();
  handOff = new HandOff(redis);
  dispatcher = await startTestDispatcher(redis, { DISPATCHER_ID: "this-one" });
});

describe("ListWorkers", () => {
  it("shows who is attached and what they have", async () => {
    const worker = await dispatcher.attach({ name: "busy", maxBatches: 9, maxItems: 90 });
    await handOff.acceptMany(3, { size: 2 });
    const [one, two] = await worker.take(3);
    if (!one || !two) throw new Error("no batches");
    worker.ack(one);
    await worker.confirmed(1);
    worker.drain();
    await eventually(async () => (await dispatcher.admin.listWorkers({})).workers[0]?.draining);
    const { workers } = await dispatcher.admin.listWorkers({});
    const { workerId, serialNo } = worker.registered;
    expect(workers).toMatchObject([
      {
        workerId,
        serialNo,
        name: "busy",
        dispatcherId: "this-one",
        capacity: { maxBatches: 9, maxItems: 90 },
        outstandingBatches: 2,
        outstandingItems: 4,
        ackedBatches: 1n,
        ackedItems: 2n,
        failedBatches: 0n,
        draining: true,
      },
    ]);
    expect(workers[0]?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("pages by serial number", async () => {
    for (const name of ["a", "b", "c"]) await dispatcher.attach({ name });
    const first = await dispatcher.admin.listWorkers({ pageSize: 2 });
    const second = await dispatcher.admin.listWorkers({ pageSize: 2, pageToken: first.nextPageToken });
    expect([first, second].map(({ workers }) => workers.map(({ name }) => name))).toEqual([["a", "b"], ["c"]]);
    expect(second.nextPageToken).toBe("");
  });

  it("refuses a token that is not its own", async () => {
    await expect(dispatcher.admin.listWorkers({ pageToken: "made up" })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "page_token" }],
    });
  });
});

describe("GetStats and WatchStats", () => {
  it("show backlog and totals", async () => {
    const worker = await dispatcher.attach({ maxBatches: 2 });
    await handOff.acceptMany(5, { size: 2 });
    const [one] = await worker.take(2);
    if (!one) throw new Error("no batch");
    worker.ack(one);
    await worker.takeOne();
    await worker.confirmed(1);
    const { stats } = await dispatcher.admin.getStats({});
    expect(stats).toMatchObject({
      dispatcherId: "this-one",
      backlogBatches: 4n,
      deadLetters: 0n,
      paused: false,
      workers: 1,
      outstandingBatches: 2,
      outstandingItems: 4,
      deliveredBatches: 3n,
      ackedBatches: 1n,
      ackedItems: 2n,
      failedAttempts: 0n,
      claimedBatches: 0n,
      deadItems: 0n,
    });
    expect(stats?.oldestAge?.seconds).toBeGreaterThan(0n);
    expect(stats?.pendingBatches).toBeGreaterThanOrEqual(2n);
  });

  it("go on until the caller leaves", async () => {
    const worker = await dispatcher.attach();
    const seen: bigint[] = [];
    for await (const { stats } of dispatcher.admin.watchStats({ interval: durationFromMs(100) })) {
      seen.push(stats?.ackedBatches ?? -1n);
      if (seen.length === 1) {
        await handOff.accept();
        worker.ack(await worker.takeOne());
      }
      if (seen.at(-1) === 1n) break;
    }
    expect(seen[0]).toBe(0n);
  });

  it("are metrics as well", async () => {
    const worker = await dispatcher.attach();
    await handOff.acceptMany(2);
    const batches = await worker.take(2);
    worker.ack(...batches);
    await worker.confirmed(2);
    const text = await (await fetch(`http://${dispatcher.metricsAddress}/metrics`)).text();
    expect(text).toMatch(/^firstcome_dispatch_workers\{.*\} 1$/m);
    expect(text).toMatch(/^firstcome_dispatch_acked_items_total\{.*\} 6$/m);
    expect(text).toMatch(/^firstcome_dispatch_backlog_batches\{.*\} 0$/m);
    expect(text).toMatch(/^firstcome_dispatch_settle_seconds_count\{.*\} 2$/m);
  });
});

describe("PauseDispatch and ResumeDispatch", () => {
  it("hold and release the work of all dispatchers; what is out may be settled", async () => {
    const other = await startTestDispatcher(redis);
    const worker = await other.attach();
    await handOff.accept();
    const out = await worker.takeOne();
    await dispatcher.admin.pauseDispatch({});
    await dispatcher.admin.pauseDispatch({});
    await eventually(async () => (await other.admin.getStats({})).stats?.paused);
    const id = await handOff.accept();
    worker.ack(out);
    expect(await worker.confirmed(1)).toEqual([out.batchId]);
    expect(worker.waiting).toBe(0);
    await dispatcher.admin.resumeDispatch({});
    await dispatcher.admin.resumeDispatch({});
    expect(await worker.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
  });
});

describe("dead letters", () => {
  let worker: TestWorker;

  /** Makes one dead letter of one item for each number from 1. */
  async function kill(count: number): Promise<void> {
    worker = await dispatcher.attach();
    for (let made = 0; made < count; made += 1) {
      await handOff.accept({ size: 1 });
      worker.nack(await worker.takeOne(), { kind: "FATAL", reason: "BAD_ROW" });
    }
    await eventually(async () => (await handOff.left()).dead.length === count);
  }

  it("are listed in pages", async () => {
    await kill(3);
    const first = await dispatcher.admin.listDeadLetters({ pageSize: 2 });
    const second = await dispatcher.admin.listDeadLetters({ pageSize: 2, pageToken: first.nextPageToken });
    expect([first, second].map(({ deadLetters }) => deadLetters.map(({ issueNos }) => issueNos))).toEqual([
      [[1], [2]],
      [[3]],
    ]);
    expect(first.deadLetters[0]).toMatchObject({ couponId: "7", userIds: ["u1"], reason: "BAD_ROW", attempts: 1 });
    expect(second.nextPageToken).toBe("");
    await expect(dispatcher.admin.listDeadLetters({ pageToken: "made up" })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });

  it("are redriven: all of them, once, and are delivered as new", async () => {
    await kill(3);
    const progress = await collect(dispatcher.admin.redriveDeadLetters({ perSecond: 1_000 }));
    expect(progress.at(-1)).toMatchObject({ redriven: 3, notFound: 0 });
    const batches = await worker.take(3);
    expect(batches.map(({ userIds, firstIssueNo, attempt }) => [userIds, firstIssueNo, attempt])).toEqual([
      [["u1"], 1, 1],
      [["u2"], 2, 1],
      [["u3"], 3, 1],
    ]);
    worker.ack(...batches);
    expect(await handOff.settled()).toEqual([]);
  });

  it("are redriven by id", async () => {
    await kill(2);
    const { deadLetters } = await dispatcher.admin.listDeadLetters({});
    const ids = [deadLetters[1]?.deadLetterId ?? "", "0:1-1", "nonsense"];
    const progress = await collect(dispatcher.admin.redriveDeadLetters({ deadLetterIds: ids, perSecond: 1_000 }));
    expect(progress.at(-1)).toMatchObject({ redriven: 1, notFound: 2 });
    expect(await worker.takeOne()).toMatchObject({ userIds: ["u2"] });
  });

  it("are redriven no faster than asked for, until the caller leaves", async () => {
    // Some are left however long this process stands still before it leaves.
    await kill(20);
    const leaving = new AbortController();
    const calling = collect(dispatcher.admin.redriveDeadLetters({ perSecond: 1 }, { signal: leaving.signal }));
    const startedAt = Date.now();
    await worker.take(2);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
    leaving.abort();
    await expect(calling).rejects.toMatchObject({ code: Code.CANCELLED });
    expect((await handOff.left()).dead.length).toBeGreaterThan(0);
  });

  it("are discarded for good", async () => {
    await kill(2);
    const { deadLetters } = await dispatcher.admin.listDeadLetters({});
    const ids = [deadLetters[0]?.deadLetterId ?? "", "0:1-1"];
    const request = { deadLetterIds: ids, reason: "refunded by hand" };
    expect(await dispatcher.admin.discardDeadLetters(request)).toMatchObject({ discarded: 1, notFound: 1 });
    expect(await dispatcher.admin.discardDeadLetters(request)).toMatchObject({ discarded: 0, notFound: 2 });
    expect((await handOff.left()).dead).toMatchObject([{ users: "u2" }]);
  });
});

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(from);
}
