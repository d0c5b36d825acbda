import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { unavailable } from "@firstcome/rpc";
import { createLogger } from "@firstcome/runtime";
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

  it.each([
    { asksMs: 30, backoffMs: 10, waitMs: 30 },
    { asksMs: 10, backoffMs: 20, waitMs: 20 },
  ])("that asks for $asksMs ms is left alone for $waitMs, where the back-off is $backoffMs", async (example) => {
    const { asksMs, backoffMs, waitMs } = example;
    const lines: { msg: string; waitMs?: number }[] = [];
    const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(JSON.parse(line)) } });
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher, { log, backoff: () => backoffMs });
    (await dispatcher.nextConversation()).break(unavailable("DRAINING", "restarting", asksMs));
    await dispatcher.nextWorker();
    expect(lines).toContainEqual(expect.objectContaining({ msg: "not attached; trying again", waitMs }));
  });

  it("that asks for an hour is left alone for half a minute", async () => {
    const logged = Promise.withResolvers<unknown>();
    const log = createLogger({ name: "test", destination: { write: (line) => logged.resolve(JSON.parse(line)) } });
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher, { log });
    (await dispatcher.nextConversation()).break(unavailable("DRAINING", "restarting", 3_600_000));
    expect(await logged.promise).toMatchObject({ msg: "not attached; trying again", waitMs: 30_000 });
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
