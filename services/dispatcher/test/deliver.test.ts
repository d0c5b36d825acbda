import { timestampMs } from "@bufbuild/protobuf/wkt";
import { eventually, testRedis } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";

let handOff: HandOff;
let dispatcher: TestDispatcher;

beforeEach(async () => {
  const redis = testRedis();
  handOff = new HandOff(redis);
  dispatcher = await startTestDispatcher(redis);
});

describe("Deliver", () => {
  it("carries the batch as it was accepted", async () => {
    const worker = await dispatcher.attach();
    await handOff.accept({ size: 1 });
    const id = await handOff.accept({ couponId: "42", size: 3, acceptedAt: 1_700_000_000_123 });
    const [, batch] = await worker.take(2);
    expect(batch).toMatchObject({
      batchId: id,
      attempt: 1,
      couponId: "42",
      userIds: ["u2", "u3", "u4"],
      firstIssueNo: 2,
      issueNos: [],
    });
    expect(batch?.acceptedAt && timestampMs(batch.acceptedAt)).toBe(1_700_000_000_123);
  });

  it("puts batches that are ready together into one message, in the order of their acceptance", async () => {
    // The first read is of one only: it tells how large batches are.
    const first = await handOff.accept();
    const worker = await dispatcher.attach();
    expect(await worker.takeOne()).toMatchObject({ batchId: first });
    const ids = await handOff.acceptTogether(50);
    expect((await worker.take(50)).map(({ batchId }) => batchId)).toEqual(ids);
    expect(worker.deliveries.size).toBe(2);
  });

  it("stays within the credit in batches, and goes on as that is freed or raised", async () => {
    const worker = await dispatcher.attach({ maxBatches: 2 });
    const ids = await handOff.acceptMany(5);
    const [one, two] = await worker.take(2);
    if (!one || !two) throw new Error("no batches");
    worker.ack(one);
    expect(await worker.takeOne()).toMatchObject({ batchId: ids[2] });
    worker.credit(3);
    expect(await worker.takeOne()).toMatchObject({ batchId: ids[3] });
    worker.credit(0);
    worker.ack(two);
    await worker.confirmed(2);
    expect(worker.waiting).toBe(0);
    worker.credit(3);
    expect(await worker.takeOne()).toMatchObject({ batchId: ids[4] });
  });

  it("stays within the credit in items", async () => {
    const worker = await dispatcher.attach({ maxItems: 10 });
    await handOff.acceptMany(3, { size: 4 });
    const [one] = await worker.take(2);
    if (!one) throw new Error("no batch");
    worker.credit(100, 11);
    await eventually(async () => (await dispatcher.admin.listWorkers({})).workers[0]?.capacity?.maxItems === 11);
    expect(worker.waiting).toBe(0);
    worker.ack(one);
    await worker.takeOne();
  });

  it("gives a batch beyond a worker's capacity to one that has nothing else", async () => {
    const worker = await dispatcher.attach({ maxItems: 10 });
    await handOff.accept({ size: 1 });
    const small = await worker.takeOne();
    await handOff.accept({ size: 50 });
    worker.ack(small);
    expect((await worker.takeOne()).userIds).toHaveLength(50);
  });

  it("goes to the worker with the fewest items outstanding", async () => {
    const one = await dispatcher.attach();
    await handOff.accept({ size: 5 });
    await one.takeOne();
    const two = await dispatcher.attach();
    await handOff.accept({ size: 2 });
    await two.takeOne();
    await handOff.accept({ size: 2 });
    await two.takeOne();
    await handOff.accept({ size: 2 });
    await two.takeOne();
    await handOff.accept({ size: 2 });
    await one.takeOne();
    expect([one.waiting, two.waiting]).toEqual([0, 0]);
  });

  it("reads nothing from Redis while no worker has credit", async () => {
    await handOff.acceptMany(3);
    await dispatcher.attach({ maxBatches: 0 });
    const other = await dispatcher.attach({ maxBatches: 1 });
    await other.takeOne();
    expect(await handOff.left()).toEqual({ entries: 3, pending: 1, dead: [] });
  });
});

describe("an entry that the gate did not write", () => {
  it.each([{ c: "abc" }, { c: "9223372036854775808" }, { n: "4294967295" }, { t: "9000000000000000" }, { n: "0" }])(
    "goes to the dead letters and harms nobody: %o",
    async (change) => {
      const worker = await dispatcher.attach();
      await handOff.forge(change);
      await handOff.accept();
      worker.ack(await worker.takeOne());
      expect(await handOff.settled()).toMatchObject([{ users: "u1 u2 u3", reason: "MALFORMED_ENTRY" }]);
      const { deadLetters } = await dispatcher.admin.listDeadLetters({});
      expect(deadLetters).toMatchObject([{ userIds: ["u1", "u2", "u3"], reason: "MALFORMED_ENTRY" }]);
    },
  );
});

describe("Ack", () => {
  it("is confirmed once the batch is off the hand-off", async () => {
    const worker = await dispatcher.attach();
    const ids = await handOff.acceptMany(20, { couponId: "8" });
    worker.ack(...(await worker.take(20)));
    expect(await worker.confirmed(20)).toEqual(ids.toSorted());
    expect(await handOff.left()).toEqual({ entries: 0, pending: 0, dead: [] });
  });

  it("is confirmed as often as it is said, over whatever stream, and for batches that nobody knows", async () => {
    const worker = await dispatcher.attach();
    const id = await handOff.accept();
    const batch = await worker.takeOne();
    worker.ack(batch);
    await worker.confirmed(1);
    const other = await dispatcher.attach();
    other.ack(batch, { batchId: "0:1-1" }, { batchId: "nonsense" }, { batchId: "99999:1-1" });
    expect(await other.confirmed(4)).toEqual([id, "0:1-1", "nonsense", "99999:1-1"].toSorted());
  });

  it("for a batch that cannot be keeps no other from being settled", async () => {
    const worker = await dispatcher.attach();
    const id = await handOff.accept();
    const [partition] = id.split(":");
    // Beyond 64 bits Redis refuses it, and with it all that is settled in the same call.
    const impossible = `${partition}:99999999999999999999-1`;
    worker.ack({ batchId: impossible }, await worker.takeOne());
    expect(await worker.confirmed(2)).toEqual([id, impossible].toSorted());
    expect(await handOff.settled()).toEqual([]);
  });
});
