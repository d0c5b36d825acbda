import { startService } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, testRedis } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { connectTo, startTestDispatcher, testEnv } from "./test-dispatcher.ts";

let redis: ReturnType<typeof testRedis>;
let handOff: HandOff;

beforeEach(() => {
  redis = testRedis();
  handOff = new HandOff(redis);
});

const QUICK_CLAIM = { DISPATCH_KEEP_ALIVE_MS: "50", DISPATCH_CLAIM_MIN_IDLE_MS: "500" };
/** For dispatchers that live, however long this process, which is all of them, gets no time from a busy machine. */
const PATIENT_CLAIM = { ...QUICK_CLAIM, DISPATCH_CLAIM_MIN_IDLE_MS: "3000" };

describe("two dispatchers", () => {
  it("share the work: each batch goes to one worker, all are settled", async () => {
    const dispatchers = [await startTestDispatcher(redis), await startTestDispatcher(redis)];
    const workers = await Promise.all(dispatchers.map((dispatcher) => dispatcher.attach({ maxBatches: 3 })));
    const ids = [...(await handOff.acceptMany(100)), ...(await handOff.acceptMany(100, { couponId: "42" }))];
    // While neither acknowledges anything, neither can be given all.
    const firsts = await Promise.all(workers.map((worker) => worker.takeOne()));
    const taken = workers.map(async (worker, index) => {
      const own: string[] = [];
      for (let batch = firsts[index]; batch; batch = await worker.takeOne().catch(() => undefined)) {
        own.push(batch.batchId);
        worker.ack(batch);
      }
      return own;
    });
    expect(await handOff.settled()).toEqual([]);
    for (const worker of workers) worker.crash();
    const [one = [], two = []] = await Promise.all(taken);
    expect([...one, ...two].toSorted()).toEqual(ids.toSorted());
  });

  it("do not take each other's batches while both live, however long these take", async () => {
    const one = await startTestDispatcher(redis, PATIENT_CLAIM);
    const worker = await one.attach({ maxBatches: 1 });
    await handOff.accept();
    const batch = await worker.takeOne();
    const two = await startTestDispatcher(redis, PATIENT_CLAIM);
    const idle = await two.attach();
    // The other one's claims bring this, which is younger.
    const batchId = await handOff.acceptAsOf("a dead dispatcher");
    expect(await idle.takeOne()).toMatchObject({ batchId });
    expect(idle.waiting).toBe(0);
    worker.ack(batch);
    expect(await worker.confirmed(1)).toEqual([batch.batchId]);
  });

  it("pass on what finds no worker at one to the other", async () => {
    const one = await startTestDispatcher(redis, { DISPATCH_MAX_WAIT_MS: "100" });
    const leaving = await one.attach();
    const ids = await handOff.acceptMany(3);
    await leaving.take(3);
    const two = await startTestDispatcher(redis);
    const worker = await two.attach();
    leaving.crash();
    const batches = await worker.take(3);
    expect(batches.map(({ batchId, attempt }) => [batchId, attempt])).toEqual(ids.map((id) => [id, 2]));
    const { stats } = await two.admin.getStats({});
    expect(stats?.claimedBatches).toBe(3n);
  });

  it("take an Ack for each other's batches", async () => {
    const one = await startTestDispatcher(redis, PATIENT_CLAIM);
    const worker = await one.attach();
    const id = await handOff.accept();
    const batch = await worker.takeOne();
    const two = await startTestDispatcher(redis, PATIENT_CLAIM);
    const sameWorker = await two.attach();
    sameWorker.ack(batch);
    expect(await sameWorker.confirmed(1)).toEqual([id]);
    expect(await handOff.settled()).toEqual([]);
    // The first one learns of it when it next says that the batch is its own.
    await eventually(async () => (await one.admin.getStats({})).stats?.outstandingBatches === 0);
  });
});

describe("a dispatcher that is killed", () => {
  it("leaves its batches to another, with the failures counted so far", async () => {
    const victim = await startService({ name: "dispatcher", env: testEnv(redis, QUICK_CLAIM) });
    cleanUpAfterFile(async () => void (await victim.kill()));
    const worker = await connectTo(victim.address).attach();
    const ids = await handOff.acceptMany(3);
    const [first, second, third] = await worker.take(3);
    if (!first || !second || !third) throw new Error("no batches");
    worker.nack(first, { kind: "RETRIABLE", users: first.userIds });
    await worker.takeOne();
    await victim.kill();
    expect(await worker.ended).toBeDefined();

    const heir = await startTestDispatcher(redis, QUICK_CLAIM);
    const heirsWorker = await heir.attach();
    const batches = await heirsWorker.take(3);
    const attempts = new Map(batches.map(({ batchId, attempt }) => [batchId, attempt]));
    expect(attempts).toEqual(new Map(ids.map((id, index) => [id, index === 0 ? 2 : 1])));
    heirsWorker.ack(...batches);
    expect(await handOff.settled()).toEqual([]);
  });

  it("by SIGTERM goes in order and exits with 0", async () => {
    const process = await startService({ name: "dispatcher", env: testEnv(redis) });
    cleanUpAfterFile(async () => void (await process.kill()));
    const worker = await connectTo(process.address).attach();
    await handOff.accept();
    const batch = await worker.takeOne();
    const stopped = process.stop();
    await worker.goAway.next();
    worker.drain();
    worker.ack(batch);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await handOff.settled()).toEqual([]);
  });
});
