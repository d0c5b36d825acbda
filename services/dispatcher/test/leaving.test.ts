import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@firstcome/rpc";
import { testRedis } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher } from "./test-dispatcher.ts";
import { next } from "./test-worker.ts";

let redis: ReturnType<typeof testRedis>;
let handOff: HandOff;

beforeEach(() => {
  redis = testRedis();
  handOff = new HandOff(redis);
});

describe("Drain", () => {
  it("is answered once the worker has settled what it had; it gets nothing new", async () => {
    const dispatcher = await startTestDispatcher(redis);
    const leaving = await dispatcher.attach();
    await handOff.acceptMany(2);
    const [one, two] = await leaving.take(2);
    if (!one || !two) throw new Error("no batches");
    leaving.drain();
    leaving.ack(one);
    await leaving.confirmed(1);
    const id = await handOff.accept();
    const staying = await dispatcher.attach();
    expect(await staying.takeOne()).toMatchObject({ batchId: id });
    expect([leaving.waiting, leaving.drained.size]).toEqual([0, 0]);
    leaving.ack(two);
    expect(await leaving.confirmed(1)).toEqual([two.batchId]);
    await next(leaving.drained);
    expect(await leaving.ended).toBeUndefined();
  });

  it("is answered at once when the worker has nothing", async () => {
    const dispatcher = await startTestDispatcher(redis);
    const worker = await dispatcher.attach();
    worker.drain();
    await next(worker.drained);
    expect(await worker.ended).toBeUndefined();
  });

  it("gives back what the worker releases, and it does not count", async () => {
    const dispatcher = await startTestDispatcher(redis);
    const leaving = await dispatcher.attach();
    const id = await handOff.accept();
    const batch = await leaving.takeOne();
    leaving.drain();
    leaving.nack(batch, { kind: "RELEASED" });
    await next(leaving.drained);
    const staying = await dispatcher.attach();
    expect(await staying.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
  });

  it("gives back at the deadline what the worker does not settle", async () => {
    const dispatcher = await startTestDispatcher(redis, { DISPATCH_STREAM_GRACE_MS: "50" });
    const leaving = await dispatcher.attach();
    const id = await handOff.accept();
    await leaving.takeOne();
    leaving.drain();
    await next(leaving.drained);
    expect(await leaving.ended).toBeUndefined();
    const staying = await dispatcher.attach();
    expect(await staying.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
  });
});

describe("GoAway", () => {
  it("comes when the stream is old; a worker that drains then leaves in order", async () => {
    const dispatcher = await startTestDispatcher(redis, {
      DISPATCH_STREAM_MAX_AGE_MS: "2000",
      DISPATCH_STREAM_GRACE_MS: "9000",
    });
    await handOff.accept();
    const worker = await dispatcher.attach();
    const batch = await worker.takeOne();
    const { reason, grace } = await next(worker.goAway);
    expect([reason, grace && durationMs(grace)]).toEqual(["MAX_STREAM_AGE", 9_000]);
    worker.drain();
    worker.ack(batch);
    await next(worker.drained);
    expect(await worker.ended).toBeUndefined();
    expect(await handOff.settled()).toEqual([]);
  });

  it("is followed by the end when the worker does not heed it; its batches are given back and it does not count", async () => {
    const dispatcher = await startTestDispatcher(redis, {
      DISPATCH_STREAM_MAX_AGE_MS: "2000",
      DISPATCH_STREAM_GRACE_MS: "50",
    });
    const id = await handOff.accept();
    const worker = await dispatcher.attach();
    await worker.takeOne();
    expect(await worker.ended).toMatchObject({ code: Code.UNAVAILABLE, reason: "MAX_STREAM_AGE" });
    const other = await dispatcher.attach();
    expect(await other.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
  });
});

describe("a dispatcher that stops", () => {
  it("sends its workers away, lets them settle, and gives back what they do not", async () => {
    const dispatcher = await startTestDispatcher(redis, { STOP_TIMEOUT_MS: "1000" });
    const polite = await dispatcher.attach({ maxBatches: 1 });
    await handOff.accept();
    const settled = await polite.takeOne();
    const rude = await dispatcher.attach({ maxBatches: 1 });
    const id = await handOff.accept();
    await rude.takeOne();

    const stopping = dispatcher[Symbol.asyncDispose]();
    expect(await next(polite.goAway)).toMatchObject({ reason: "DRAINING" });
    polite.drain();
    polite.ack(settled);
    expect(await polite.confirmed(1)).toEqual([settled.batchId]);
    await next(polite.drained);
    expect(await rude.ended).toMatchObject({ code: Code.UNAVAILABLE, reason: "DRAINING" });
    await stopping;

    const heir = await startTestDispatcher(redis);
    const worker = await heir.attach();
    expect(await worker.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
  });

  it("is forgotten by the hand-off when it leaves nothing behind", async () => {
    const dispatcher = await startTestDispatcher(redis);
    const worker = await dispatcher.attach();
    await handOff.accept();
    const batch = await worker.takeOne();
    expect(await handOff.dispatchers()).toHaveLength(1);
    worker.ack(batch);
    await worker.confirmed(1);
    worker.drain();
    await dispatcher[Symbol.asyncDispose]();
    expect(await handOff.dispatchers()).toEqual([]);
  });
});
