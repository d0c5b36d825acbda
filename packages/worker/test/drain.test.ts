import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { ScriptedDispatcher } from "./scripted-dispatcher.ts";
import { workerFor } from "./test-worker.ts";

describe("drain", () => {
  it("finishes what is in hand, waits for its confirmation, and ends every stream", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const work = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: () => work.promise, drainTimeoutMs: 5_000 });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({});
    await eventually(() => worker.held === 1);

    let over = false;
    const drained = worker.drain().then(() => (over = true));
    await conversation.hears("drain");
    work.resolve();
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1-1"]);
    expect(over).toBe(false);
    conversation.confirm("0:1-1");
    conversation.finish();
    await drained;
    expect(conversation.heard).not.toContain("nack");
    expect(worker.attachments).toEqual([]);
  });

  it("gives back what is not finished in time", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const never = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: () => never.promise, drainTimeoutMs: 20 });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ batchId: "0:1" }, { batchId: "0:2" });
    await eventually(() => worker.held === 2);

    const drained = worker.drain();
    expect(await conversation.hears("nack")).toMatchObject({ batchId: "0:1", failures: [{ kind: 3, userIds: [] }] });
    expect(await conversation.hears("nack")).toMatchObject({ batchId: "0:2", failures: [{ kind: 3, userIds: [] }] });
    conversation.finish();
    await drained;
    expect(conversation.heard).not.toContain("ack");
  });

  it("does not wait for a dispatcher that never says Drained", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const worker = workerFor(dispatcher);
    const conversation = await dispatcher.nextWorker();
    await worker.attached;
    await worker.drain();
    await expect(conversation.gone).resolves.toBeUndefined();
  });

  it("ends the attempts to reach a dispatcher", async () => {
    const gone = await ScriptedDispatcher.start();
    await gone[Symbol.asyncDispose]();
    const worker = workerFor(gone, { backoff: () => 60_000 });
    await worker.drain();
    expect(worker.attachments).toEqual([]);
  });

  it("does not wait for a token that is never made", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const asked = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, {
      token: () => {
        asked.resolve();
        return Promise.withResolvers<string>().promise;
      },
    });
    await asked.promise;
    await expect(worker.drain()).resolves.toBeUndefined();
  });

  it("may be asked for twice", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const worker = workerFor(dispatcher);
    await dispatcher.nextWorker();
    expect(worker.drain()).toBe(worker.drain());
    await worker.drain();
  });
});
