import { DispatchService } from "@firstcome/contracts/dispatch";
import { Code, createClient, openChannel } from "@firstcome/rpc";
import { cleanUpAfterFile, eventually, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";
import type { TestWorker } from "./test-worker.ts";

describe("a worker that does not read", () => {
  it("is given no more than fits the stream, whatever its credit; the rest goes to others", async () => {
    const redis = testRedis();
    const handOff = new HandOff(redis);
    const dispatcher = await startTestDispatcher(redis, { DISPATCH_HEARTBEAT_MS: "100" });
    const deaf = await attachDeaf(dispatcher);
    // Some 10 MB. A stream that is not read holds a few messages, of up to two such batches each.
    await handOff.acceptMany(200, { size: 5_000 });
    const other = await dispatcher.attach({ maxBatches: 10, maxItems: 1_000_000 });
    void ackAll(other);
    const given = await eventually(async () => {
      const [{ workers }, { stats }] = await Promise.all([
        dispatcher.admin.listWorkers({}),
        dispatcher.admin.getStats({}),
      ]);
      const atDeaf = workers[0]?.outstandingBatches ?? 0;
      return stats?.backlogBatches === BigInt(atDeaf) && stats.outstandingBatches === atDeaf && atDeaf;
    });
    expect(given).toBeLessThan(100);

    // What it reads in the end is what it was given.
    let read = 0;
    for await (const { kind } of deaf) {
      if (kind.case === "deliver") read += kind.value.batches.length;
      if (read >= given) break;
    }
    expect(read).toBe(given);
  });

  it("is cut off when it piles up Acks that cannot be confirmed to it", async () => {
    const dispatcher = await startTestDispatcher(testRedis());
    const deaf = await attachDeaf(dispatcher);
    const tail = "9".repeat(80);
    for (let message = 0; message < 15; message += 1) {
      const batchIds = Array.from({ length: 10_000 }, (_, index) => `${message}:${index}:${tail}`);
      deaf.write({ kind: { case: "ack", value: { batchIds } } });
    }
    await eventually(async () => (await dispatcher.admin.listWorkers({})).workers.length === 0);
    await expect(Array.fromAsync(deaf)).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "TOO_MANY_ACKS",
    });
  });
});

type Client = ReturnType<typeof createClient<typeof DispatchService>>;

/** Registers with a large credit; nobody reads the stream until a test does. */
async function attachDeaf({ address, admin }: TestDispatcher): Promise<ReturnType<Client["attach"]>> {
  const stream = createClient(DispatchService, openChannel(address)).attach();
  const capacity = { maxBatches: 10_000, maxItems: 10_000_000 };
  stream.write({ kind: { case: "register", value: { name: "deaf", capacity } } });
  const beating = setInterval(() => stream.write({ kind: { case: "heartbeat", value: {} } }), 20);
  void stream.closed.then(() => clearInterval(beating));
  cleanUpAfterFile(async () => stream.cancel());
  await eventually(async () => (await admin.listWorkers({})).workers.length === 1);
  return stream;
}

async function ackAll(worker: TestWorker): Promise<void> {
  for (;;) {
    const batch = await worker.takeOne().catch(() => undefined);
    if (!batch) return;
    worker.ack(batch);
  }
}
