import { eventually, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";

describe("Nack", () => {
  it("that is retriable brings back what was not committed, after its delay, and it counts", async () => {
    const { handOff, dispatcher } = await setUp();
    const worker = await dispatcher.attach();
    const id = await handOff.accept({ size: 4 });
    const first = await worker.takeOne();
    const nackedAt = Date.now();
    worker.nack(first, { kind: "RETRIABLE", users: ["u1", "u2", "u4"], delayMs: 100 });
    const second = await worker.takeOne();
    expect(Date.now() - nackedAt).toBeGreaterThanOrEqual(99);
    expect(second).toMatchObject({
      batchId: id,
      attempt: 2,
      userIds: ["u1", "u2", "u4"],
      firstIssueNo: 1,
      issueNos: [1, 2, 4],
    });
    expect(second.attemptToken).not.toBe(first.attemptToken);
    worker.nack(second, { kind: "RETRIABLE", users: ["u1", "u2"] });
    expect(await worker.takeOne()).toMatchObject({ attempt: 3, userIds: ["u1", "u2"], firstIssueNo: 1, issueNos: [] });
    worker.ack(first);
    expect(await handOff.settled()).toEqual([]);
  });

  it("that is fatal sends the items to the dead letters alone; their batch-mates are done", async () => {
    const { handOff, dispatcher } = await setUp();
    const worker = await dispatcher.attach();
    await handOff.accept({ size: 3 });
    worker.nack(await worker.takeOne(), { kind: "FATAL", users: ["u2"], reason: "BAD_ROW" });
    expect(await handOff.settled()).toEqual([{ users: "u2", numbers: "2", reason: "BAD_ROW", attempts: "1" }]);
    const { stats } = await dispatcher.admin.getStats({});
    expect(stats).toMatchObject({ ackedItems: 2n, deadItems: 1n, deadLetters: 1n, failedAttempts: 1n });
  });

  it("at the failure limit sends the items to the dead letters", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_FAILURE_LIMIT: "3" });
    const worker = await dispatcher.attach();
    await handOff.accept({ size: 2 });
    worker.nack(await worker.takeOne(), { kind: "RETRIABLE", reason: "BUSY" });
    worker.nack(await worker.takeOne(), { kind: "RETRIABLE", reason: "BUSY" });
    worker.nack(await worker.takeOne(), { kind: "RETRIABLE", users: ["u1"], reason: "STILL_BUSY" });
    expect(await handOff.settled()).toEqual([{ users: "u1", numbers: "1", reason: "STILL_BUSY", attempts: "3" }]);
  });

  it("that releases does not count", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_FAILURE_LIMIT: "1" });
    const worker = await dispatcher.attach();
    const id = await handOff.accept();
    for (let time = 0; time < 3; time += 1) {
      const batch = await worker.takeOne();
      expect(batch).toMatchObject({ batchId: id, attempt: 1 });
      worker.nack(batch, { kind: "RELEASED" });
    }
    worker.ack(await worker.takeOne());
    expect(await handOff.settled()).toEqual([]);
  });

  it("from an attempt that is over changes nothing", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_DEADLINE_MS: "50" });
    const slow = await dispatcher.attach();
    await handOff.accept();
    const lapsed = await slow.takeOne();
    const other = await dispatcher.attach();
    const current = await other.takeOne();
    slow.nack(lapsed, { kind: "FATAL", reason: "TOO_LATE" });
    slow.extend(lapsed, 60_000);
    other.extend(current, 60_000);
    other.ack(current);
    expect(await handOff.settled()).toEqual([]);
  });
});

describe("a worker that hangs", () => {
  it("loses the batch at its deadline to another one", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_DEADLINE_MS: "2500" });
    const hanging = await dispatcher.attach();
    const id = await handOff.accept();
    await hanging.takeOne();
    const other = await dispatcher.attach();
    const batch = await other.takeOne();
    expect(batch).toMatchObject({ batchId: id, attempt: 2 });
    other.ack(batch);
    expect(await handOff.settled()).toEqual([]);
    const { workers } = await dispatcher.admin.listWorkers({});
    expect(workers.map(({ outstandingBatches, failedBatches }) => [outstandingBatches, failedBatches])).toEqual([
      [1, 1n],
      [0, 0n],
    ]);
  });

  it("is not given more than its credit, however many batches it lets lapse", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_DEADLINE_MS: "1500" });
    const hanging = await dispatcher.attach({ maxBatches: 2 });
    await handOff.acceptMany(6);
    await hanging.take(2);
    const other = await dispatcher.attach({ maxBatches: 10 });
    other.ack(...(await other.take(6)));
    expect(await handOff.settled()).toEqual([]);
    expect(hanging.waiting).toBe(0);
  });

  it("may ask for more time", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_DEADLINE_MS: "2500" });
    const slow = await dispatcher.attach();
    await handOff.acceptMany(2);
    const [kept, lost] = await slow.take(2);
    if (!kept || !lost) throw new Error("no batches");
    slow.extend(kept, 60_000);
    const other = await dispatcher.attach();
    // Both deadlines were the same: when one batch has come here, the other one's would have passed as well.
    expect(await other.takeOne()).toMatchObject({ batchId: lost.batchId });
    expect(other.waiting).toBe(0);
    slow.ack(kept);
    expect(await slow.confirmed(1)).toEqual([kept.batchId]);
  });

  it("may still acknowledge the batch after it went to another", async () => {
    const { handOff, dispatcher } = await setUp({ DISPATCH_DEADLINE_MS: "50" });
    const slow = await dispatcher.attach();
    const id = await handOff.accept();
    const first = await slow.takeOne();
    const other = await dispatcher.attach();
    const second = await other.takeOne();
    slow.ack(first);
    expect(await slow.confirmed(1)).toEqual([id]);
    expect(await handOff.settled()).toEqual([]);
    other.ack(second);
    expect(await other.confirmed(1)).toEqual([id]);
    const { stats } = await dispatcher.admin.getStats({});
    expect(stats).toMatchObject({ outstandingBatches: 0, heldBatches: 0, ackedBatches: 1n, ackedItems: 3n });
  });
});

describe("a stream that breaks", () => {
  it.each(["crash", "hangUp"] as const)("by %s gives its batches to others at once, and it counts", async (end) => {
    const { handOff, dispatcher } = await setUp();
    const lost = await dispatcher.attach({ maxBatches: 2 });
    const other = await dispatcher.attach({ maxBatches: 0 });
    const ids = await handOff.acceptMany(2);
    await lost.take(2);
    other.credit(5);
    lost[end]();
    const batches = await other.take(2);
    expect(batches.map(({ batchId, attempt }) => [batchId, attempt])).toEqual(ids.map((id) => [id, 2]));
    other.ack(...batches);
    expect(await handOff.settled()).toEqual([]);
  });

  it("again and again counts up to the failure limit, over dispatchers", async () => {
    const { handOff, dispatcher, redis } = await setUp({ DISPATCH_FAILURE_LIMIT: "2" });
    const first = await dispatcher.attach();
    await handOff.accept({ size: 1 });
    await first.takeOne();
    first.crash();
    await eventually(async () => (await dispatcher.admin.getStats({})).stats?.failedAttempts === 1n);
    await dispatcher[Symbol.asyncDispose]();
    const heir = await startTestDispatcher(redis, { DISPATCH_FAILURE_LIMIT: "2" });
    const second = await heir.attach();
    expect(await second.takeOne()).toMatchObject({ attempt: 2 });
    second.crash();
    expect(await handOff.settled()).toEqual([{ users: "u1", numbers: "1", reason: "WORKER_LOST", attempts: "2" }]);
  });
});

async function setUp(env: Record<string, string> = {}): Promise<{
  redis: ReturnType<typeof testRedis>;
  handOff: HandOff;
  dispatcher: TestDispatcher;
}> {
  const redis = testRedis();
  return { redis, handOff: new HandOff(redis), dispatcher: await startTestDispatcher(redis, env) };
}
