import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { unavailable } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { ScriptedDispatcher } from "./scripted-dispatcher.ts";
import { workerFor } from "./test-worker.ts";

describe("a dispatcher that goes away", () => {
  it("is attached to again when it is back at its address", async () => {
    const before = await ScriptedDispatcher.start();
    const worker = workerFor(before);
    await before.nextWorker();
    await worker.attached;
    await before[Symbol.asyncDispose]();
    await eventually(() => worker.attachments.length === 0);

    await using after = await ScriptedDispatcher.start({ port: before.port });
    await after.nextWorker();
    expect(await eventually(() => worker.attachments.length === 1)).toBe(true);
  });

  it("may be away when the worker starts", async () => {
    const gone = await ScriptedDispatcher.start();
    await gone[Symbol.asyncDispose]();
    const worker = workerFor(gone);
    await using dispatcher = await ScriptedDispatcher.start({ port: gone.port });
    await dispatcher.nextWorker();
    expect(await worker.attached).toMatchObject({ address: dispatcher.address });
  });

  it("is asked again after longer and longer, counting from the last good stream", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const waits: number[] = [];
    workerFor(dispatcher, {
      backoff: (failures) => {
        waits.push(failures);
        return 1;
      },
    });
    for (let stream = 0; stream < 3; stream += 1) (await dispatcher.nextConversation()).break();
    await dispatcher.nextWorker();
    expect(waits).toEqual([0, 1, 2]);
  });

  it("is left alone for as long as it asks", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher);
    const first = await dispatcher.nextConversation();
    const brokenAt = performance.now();
    first.break(unavailable("DRAINING", "restarting", 200));
    await dispatcher.nextConversation();
    expect(performance.now() - brokenAt).toBeGreaterThanOrEqual(190);
  });
});

describe("GoAway", () => {
  it("drains the stream while the next one is already at work", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const slow = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: ({ id }) => (id === "0:slow" ? slow.promise : Promise.resolve()) });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:slow" });
    await eventually(() => worker.held === 1);
    first.say({ case: "goAway", value: { reason: "MAX_STREAM_AGE", grace: durationFromMs(5_000) } });
    await first.hears("drain");

    const second = await dispatcher.nextWorker();
    second.deliver({ batchId: "0:quick" });
    expect((await second.hears("ack")).batchIds).toEqual(["0:quick"]);

    slow.resolve();
    expect((await first.hears("ack")).batchIds).toEqual(["0:slow"]);
    first.confirm("0:slow");
    first.finish();
    const drained = worker.drain();
    await second.hears("drain");
    second.finish();
    await drained;
  });

  it("does not keep what is not settled in its grace: the Ack goes over the next stream", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const slow = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: () => slow.promise });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:slow" });
    await eventually(() => worker.held === 1);
    first.say({ case: "goAway", value: { reason: "MAX_STREAM_AGE", grace: durationFromMs(10) } });
    const second = await dispatcher.nextWorker();
    first.end();

    slow.resolve();
    expect((await second.hears("ack")).batchIds).toEqual(["0:slow"]);
    const drained = worker.drain();
    await second.hears("drain");
    second.finish();
    await drained;
  });

  it("before the registration is a dispatcher to come back to later", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher);
    const first = await dispatcher.nextConversation();
    first.say({ case: "goAway", value: { reason: "DRAINING" } });
    await first.gone;
    await expect(dispatcher.nextWorker()).resolves.toBeDefined();
  });
});
