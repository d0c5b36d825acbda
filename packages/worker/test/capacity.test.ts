import { eventually } from "@firstcome/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareOut } from "../src/capacity.ts";
import { ScriptedDispatcher } from "./scripted-dispatcher.ts";
import { workerFor } from "./test-worker.ts";

describe("several dispatchers", () => {
  it("share one capacity, and get it back when one of them goes", async () => {
    await using one = await ScriptedDispatcher.start();
    await using two = await ScriptedDispatcher.start();
    const worker = workerFor([one, two], { capacity: { maxBatches: 5, maxItems: 100 } });

    const first = await one.nextConversation();
    const second = await two.nextConversation();
    expect((await first.hears("register")).capacity).toMatchObject({ maxBatches: 5, maxItems: 100 });
    first.welcome();
    await worker.attached;
    await second.hears("register");
    second.welcome();
    expect(await first.hears("credit")).toMatchObject({ maxBatches: 3, maxItems: 50 });
    expect(await second.hears("credit")).toMatchObject({ maxBatches: 2, maxItems: 50 });

    await two[Symbol.asyncDispose]();
    expect(await first.hears("credit")).toMatchObject({ maxBatches: 5, maxItems: 100 });
  });

  it("each give work, and each are told of their own", async () => {
    await using one = await ScriptedDispatcher.start();
    await using two = await ScriptedDispatcher.start();
    const worker = workerFor([one, two]);
    const [first, second] = [await one.nextWorker(), await two.nextWorker()];
    await eventually(() => worker.attachments.length === 2);
    first.deliver({ batchId: "0:1" });
    second.deliver({ batchId: "0:2" });
    expect((await first.hears("ack")).batchIds).toEqual(["0:1"]);
    expect((await second.hears("ack")).batchIds).toEqual(["0:2"]);
  });

  it("stand in for each other: an Ack that one did not confirm goes to the other when the one is gone", async () => {
    const one = await ScriptedDispatcher.start();
    await using two = await ScriptedDispatcher.start();
    const worker = workerFor([one, two]);
    const [first, second] = [await one.nextWorker(), await two.nextWorker()];
    await eventually(() => worker.attachments.length === 2);
    first.deliver({ batchId: "0:1" });
    await first.hears("ack");
    await one[Symbol.asyncDispose]();
    expect((await second.hears("ack")).batchIds).toEqual(["0:1"]);
  });
});

describe("Credit", () => {
  it("is what the worker is told to have in hand from now on", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const worker = workerFor(dispatcher);
    const conversation = await dispatcher.nextWorker();
    await worker.attached;
    worker.setCapacity({ maxBatches: 1, maxItems: 10 });
    expect(await conversation.hears("credit")).toMatchObject({ maxBatches: 1, maxItems: 10 });
    expect(() => worker.setCapacity({ maxBatches: -1, maxItems: 10 })).toThrow(RangeError);
  });

  it("leaves out what a broken stream left in hand, until it is done", async () => {
    await using dispatcher = await ScriptedDispatcher.start();
    const work = Promise.withResolvers<void>();
    const worker = workerFor(dispatcher, { handle: () => work.promise, capacity: { maxBatches: 4, maxItems: 100 } });
    const first = await dispatcher.nextWorker();
    first.deliver({ batchId: "0:1" });
    await eventually(() => worker.held === 1);
    first.break();

    const second = await dispatcher.nextConversation();
    expect((await second.hears("register")).capacity).toMatchObject({ maxBatches: 3, maxItems: 97 });
    second.welcome();
    await eventually(() => worker.attachments.length === 1);
    work.resolve();
    expect(await second.hears("credit")).toMatchObject({ maxBatches: 4, maxItems: 100 });
  });
});

describe("shareOut", () => {
  it("hands out exactly what is free, as evenly as it can", () => {
    const load = { batches: fc.nat(200), items: fc.nat(2_000) };
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.nat(1_000),
        fc.record(load),
        fc.integer({ min: 1, max: 9 }),
        (maxBatches, maxItems, taken, sessions) => {
          const shares = shareOut({ maxBatches, maxItems }, taken, sessions);
          const batches = shares.map((share) => share.maxBatches);
          expect(batches.reduce((sum, share) => sum + share, 0)).toBe(Math.max(0, maxBatches - taken.batches));
          expect(Math.max(...batches) - Math.min(...batches)).toBeLessThanOrEqual(1);
          const items = shares.map((share) => share.maxItems);
          expect(items.reduce((sum, share) => sum + share, 0)).toBe(Math.max(0, maxItems - taken.items));
        },
      ),
    );
  });
});
