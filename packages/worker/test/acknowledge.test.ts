import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { DONE, failed, RELEASED } from "../src/index.ts";
import { ScriptedDispatcher } from "./scripted-dispatcher.ts";
import { workerFor } from "./test-worker.ts";

describe("Ack", () => {
  it("is said again on the next stream until it is confirmed, and then no more", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher);
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1" }, { batchId: "0:2" });
    expect((await first.hears("ack")).batchIds).toEqual(["0:1", "0:2"]);
    first.confirm("0:2");
    first.break();

    const second = await dispatcher.nextWorker();
    expect((await second.hears("ack")).batchIds).toEqual(["0:1"]);
    second.confirm("0:1");
    second.break();

    const third = await dispatcher.nextWorker();
    third.deliver({ batchId: "0:3" });
    expect((await third.hears("ack")).batchIds).toEqual(["0:3"]);
  });

  it("is said again on the same stream when its confirmation is overdue", async () => {
    await using dispatcher = await ScriptedDispatcher.start({ deadlineMs: 60 });
    workerFor(dispatcher);
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ batchId: "0:1" });
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1"]);
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1"]);
  });

  it("answers a batch that is delivered again after its commit, without handling it again", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    let handled = 0;
    workerFor(dispatcher, {
      handle: async () => {
        handled += 1;
      },
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ batchId: "0:1", attemptToken: "1" });
    await conversation.hears("ack");
    conversation.deliver({ batchId: "0:1", attemptToken: "2" });
    expect((await conversation.hears("ack")).batchIds).toEqual(["0:1"]);
    expect(handled).toBe(1);
  });

  it("of work that outlived its stream goes over the next one, which gets no second copy of the work", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const work = Promise.withResolvers<void>();
    let handled = 0;
    const worker = workerFor(dispatcher, {
      handle: () => {
        handled += 1;
        return work.promise;
      },
    });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1", attemptToken: "1" });
    await eventually(() => worker.held === 1);
    first.break();

    const second = await dispatcher.nextWorker();
    second.deliver({ batchId: "0:1", attemptToken: "2" }, { batchId: "0:2", attemptToken: "3" });
    await eventually(() => worker.held === 2);
    work.resolve();
    expect((await second.hears("ack")).batchIds).toEqual(["0:1", "0:2"]);
    expect(handled).toBe(2);
  });
});

describe("the Ack of a later attempt, whose batch may lack items that only its dispatcher knows to be settled", () => {
  it("ends with its stream: the next dispatcher may deliver more than was acknowledged", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const handled: (readonly string[])[] = [];
    workerFor(dispatcher, {
      handle: async ({ userIds }) => {
        handled.push(userIds);
      },
    });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1", attempt: 2, userIds: ["ann"] });
    await first.hears("ack");
    first.break();

    const second = await dispatcher.nextWorker();
    second.deliver({ batchId: "0:2" });
    expect((await second.hears("ack")).batchIds).toEqual(["0:2"]);
    second.deliver({ batchId: "0:1", attempt: 2, userIds: ["ann", "bob"] });
    expect((await second.hears("ack")).batchIds).toEqual(["0:1"]);
    expect(handled).toEqual([["ann"], ["ann", "bob", "cyd"], ["ann", "bob"]]);
  });

  it("does not speak for a larger delivery that came while the work was going on", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const [part, whole] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const worker = workerFor(dispatcher, {
      handle: ({ userIds }) => (userIds.length === 1 ? part.promise : whole.promise),
    });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1", attempt: 2, userIds: ["ann"] });
    await eventually(() => worker.held === 1);
    first.break();

    const second = await dispatcher.nextWorker();
    second.deliver({ batchId: "0:1", attempt: 2, attemptToken: "9" }, { batchId: "0:2", userIds: ["dan"] });
    await eventually(() => worker.held === 2);
    part.resolve();
    expect((await second.hears("ack")).batchIds).toEqual(["0:2"]);
    whole.resolve();
    expect((await second.hears("ack")).batchIds).toEqual(["0:1"]);
  });
});

describe("Nack", () => {
  it("names users with their fate, and those with the same fate together", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher, {
      handle: async () =>
        failed([
          { userIds: ["ann"], kind: "fatal", reason: "gone" },
          { userIds: ["bob"], kind: "retriable", reason: "busy", delayMs: 1_500 },
          { userIds: ["cyd"], kind: "fatal", reason: "gone" },
          { userIds: [], kind: "fatal", reason: "stands for nobody" },
        ]),
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ attemptToken: "99" });

    const { batchId, attemptToken, failures } = await conversation.hears("nack");
    expect({ batchId, attemptToken }).toEqual({ batchId: "0:1-1", attemptToken: "99" });
    expect(failures).toMatchObject([
      { kind: 2, userIds: ["ann", "cyd"], reason: "gone" },
      { kind: 1, userIds: ["bob"], reason: "busy", delay: { seconds: 1n, nanos: 500_000_000 } },
    ]);
    expect(conversation.heard).not.toContain("ack");
  });

  it("stays within the contract whatever the handler says", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const userIds = Array.from({ length: 3_000 }, (_, index) => `u${index}`);
    workerFor(dispatcher, {
      handle: async (batch) =>
        failed(
          batch.userIds.map((userId, index) => ({
            userIds: [userId],
            kind: index % 2 === 0 ? ("fatal" as const) : ("retriable" as const),
            reason: `${index} ${"é".repeat(600)}\ud83d`,
            delayMs: 1e12,
          })),
        ),
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({ userIds });

    const { failures } = await conversation.hears("nack");
    expect(failures.length).toBeLessThanOrEqual(1_000);
    expect(failures.flatMap((failure) => failure.userIds).toSorted()).toEqual(userIds.toSorted());
    const odd = failures.filter(({ kind }) => kind === 1).flatMap((failure) => failure.userIds);
    expect(odd).toEqual(userIds.filter((_, index) => index % 2 === 1));
  });

  it("is a retriable failure of the whole batch when the handler throws", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher, {
      handle: () => {
        throw new RangeError("no such shard");
      },
    });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({});
    const { failures } = await conversation.hears("nack");
    expect(failures).toMatchObject([{ kind: 1, userIds: ["ann", "bob", "cyd"], reason: "RangeError: no such shard" }]);
  });

  it("releases what the handler did not try", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    workerFor(dispatcher, { handle: async () => RELEASED });
    const conversation = await dispatcher.nextWorker();
    conversation.deliver({});
    expect((await conversation.hears("nack")).failures).toMatchObject([{ kind: 3, userIds: [] }]);
  });

  it("goes to the stream that delivered the batch last, with its token", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const work = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, {
      handle: async () => {
        await work.promise;
        return failed([{ userIds: ["ann"], kind: "fatal", reason: "gone" }]);
      },
    });
    const first = await dispatcher.nextWorker();
    first.deliver({ attemptToken: "1" });
    await eventually(() => worker.held === 1);
    first.break();
    const second = await dispatcher.nextWorker();
    second.deliver({ attemptToken: "2" }, { batchId: "0:other" });
    await eventually(() => worker.held === 2);
    work.resolve();
    expect((await second.hears("nack")).attemptToken).toBe("2");
  });

  it("is not said where nobody would understand it: the stream that delivered the batch is gone", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const work = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, {
      handle: async ({ id }) => {
        if (id === "0:2") return DONE;
        await work.promise;
        return RELEASED;
      },
    });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1" });
    await eventually(() => worker.held === 1);
    first.break();
    const second = await dispatcher.nextWorker();
    work.resolve();
    await eventually(() => worker.held === 0);
    second.deliver({ batchId: "0:2" });
    await second.hears("ack");
    expect(second.heard).not.toContain("nack");
  });
});
