import { mintToken } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { type HandleContext, startWorker, type WorkBatch } from "../src/index.ts";
import { ScriptedDispatcher } from "./scripted-dispatcher.ts";
import { workerFor } from "./test-worker.ts";

describe("Register", () => {
  it("introduces the worker with its name and capacity, and tells who answered", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const worker = workerFor(dispatcher, { name: "issuer-1", capacity: { maxBatches: 3, maxItems: 300 } });

    const conversation = await dispatcher.nextConversation();
    const register = await conversation.hears("register");
    expect(register).toMatchObject({ name: "issuer-1", capacity: { maxBatches: 3, maxItems: 300 } });
    expect(worker.attachments).toEqual([]);

    conversation.welcome("17");
    const attachment = { address: dispatcher.address, dispatcherId: "scripted", workerId: "w17", serialNo: "17" };
    expect(await worker.attached).toEqual(attachment);
    expect(worker.attachments).toEqual([attachment]);
  });

  it("shows the worker's token, and a new one for each stream", async () => {
    const secret = "a secret that is long enough for HS256";
    await using dispatcher = await ScriptedDispatcher.start({ auth: { kind: "secret", secret } });
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      return mintToken({ secret, role: "worker", subject: "test-worker" });
    };
    const worker = workerFor(dispatcher, { token });

    (await dispatcher.nextWorker()).break();
    await dispatcher.nextWorker();
    await worker.attached;
    expect(asked).toBe(2);
  });

  it("keeps trying while its token is refused", async () => {
    const secret = "a secret that is long enough for HS256";
    await using dispatcher = await ScriptedDispatcher.start({ auth: { kind: "secret", secret } });
    const refused = Promise.withResolvers<void>();
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      if (asked === 3) refused.resolve();
      return mintToken({ secret, role: asked < 3 ? "user" : "worker", subject: "test-worker" });
    };
    const worker = workerFor(dispatcher, { token });

    await refused.promise;
    await dispatcher.nextWorker();
    await worker.attached;
    expect(asked).toBe(3);
  });

  it.each([
    ["no address", { addresses: [] }],
    ["a name that no dispatcher takes", { name: "an issuer" }],
    ["a capacity beyond the contract", { capacity: { maxBatches: 10_001, maxItems: 1 } }],
    ["a capacity that is no number", { capacity: { maxBatches: 1, maxItems: Number.NaN } }],
  ])("is refused with %s before anything is sent", (_, wrong) => {
    const right = {
      addresses: ["127.0.0.1:1"],
      name: "w",
      capacity: { maxBatches: 1, maxItems: 1 },
      handle: async () => {},
    };
    expect(() => startWorker({ ...right, ...wrong })).toThrow(/worker|name|maxBatches|maxItems/);
  });
});

describe("Deliver", () => {
  it("hands each batch to the handler, with the number of each user", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const handled: WorkBatch[] = [];
    workerFor(dispatcher, {
      handle: async (batch) => {
        handled.push(batch);
      },
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver(
      { batchId: "0:1-1" },
      { batchId: "3:9-0", attempt: 4, couponId: "9007199254740993", userIds: ["dan", "eve"], issueNos: [5, 8] },
    );

    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1-1", "3:9-0"]);
    const acceptedAt = Date.UTC(2030, 0, 1);
    expect(handled).toEqual([
      { id: "0:1-1", attempt: 1, couponId: "7", acceptedAt, userIds: ["ann", "bob", "cyd"], issueNos: [41, 42, 43] },
      { id: "3:9-0", attempt: 4, couponId: "9007199254740993", acceptedAt, userIds: ["dan", "eve"], issueNos: [5, 8] },
    ]);
  });

  it("works on many batches at once", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const all = Promise.withResolvers<void>();
    let begun = 0;
    const worker = workerFor(dispatcher, {
      handle: () => {
        begun += 1;
        if (begun === 3) all.resolve();
        return all.promise;
      },
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ batchId: "0:1" }, { batchId: "0:2" });
    conversation.deliver({ batchId: "0:3" });

    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1", "0:2", "0:3"]);
    expect(worker.held).toBe(0);
  });

  it("sends a batch whose numbers do not fit its users to the dead letters", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher);
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ issueNos: [1, 2] });

    const nack = await conversation.hears("nack");
    expect(nack.failures).toMatchObject([
      { kind: 2, userIds: ["ann", "bob", "cyd"], reason: expect.stringContaining("2 issue numbers") },
    ]);
  });
});

describe("Extend", () => {
  it("asks for more time, again and again, while the handler works", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ deadlineMs: 90 });
    const work = Promise.withResolvers<void>();
    workerFor(dispatcher, { handle: () => work.promise });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ attemptToken: "77" });

    const extension = { batchId: "0:1-1", attemptToken: "77", by: { seconds: 0n, nanos: 90_000_000 } };
    expect(await conversation.hears("extend")).toMatchObject(extension);
    expect(await conversation.hears("extend")).toMatchObject(extension);
    expect(await conversation.hears("extend")).toMatchObject(extension);
    work.resolve();
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1-1"]);
  });

  it("ends when the handler takes too long: the batch has failed, and is acknowledged if it is done after all", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ deadlineMs: 60 });
    const work = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: () => work.promise, maxHandlingMs: 100 });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({});

    const nack = await conversation.hears("nack");
    expect(nack.failures).toMatchObject([{ kind: 1, reason: "not handled within 100 ms" }]);
    expect(worker.held).toBe(0);
    work.resolve();
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1-1"]);
  });
});

describe("Heartbeat", () => {
  it("is said while there is nothing else to say", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ heartbeatMs: 40 });
    workerFor(dispatcher);
    const conversation = await dispatcher.nextWorker();
    await conversation.hears("heartbeat");
    await conversation.hears("heartbeat");
    expect(conversation.heard).toEqual(["register", "heartbeat", "heartbeat"]);
  });

  it("keeps a silent stream alive, and three missed end it for a new one", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ heartbeatMs: 60 });
    const worker = workerFor(dispatcher);
    const first = await dispatcher.nextWorker();
    for (let beat = 0; beat < 8; beat += 1) {
      await first.hears("heartbeat");
      first.say({ case: "heartbeat", value: {} });
    }
    expect(worker.attachments).toHaveLength(1);

    await first.gone;
    await dispatcher.nextWorker();
  });
});

describe("the handler's context", () => {
  it("tells when to stop", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ drains: false });
    const begun = Promise.withResolvers<HandleContext>();
    const worker = workerFor(dispatcher, {
      handle: (_, context) => {
        begun.resolve(context);
        return new Promise((resolve) => {
          context.signal.addEventListener("abort", () => resolve({ kind: "released" }));
        });
      },
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({});
    const { signal } = await begun.promise;
    expect(signal.aborted).toBe(false);

    const drained = worker.drain();
    await conversation.hears("drain");
    expect((await conversation.hears("nack")).failures).toMatchObject([{ kind: 3, userIds: [] }]);
    conversation.finish();
    await drained;
  });
});
