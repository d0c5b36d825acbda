import { Code } from "@firstcome/rpc";
import { eventually, privateServers, type TestRedis } from "@firstcome/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";

type Server = Awaited<ReturnType<typeof privateServers<"redis">>>["redis"];

const HOUR_MS = 3_600_000;
/** Nothing is as old as to be claimed unless a test makes it so. */
const QUICK_KEEP_ALIVE = { DISPATCH_KEEP_ALIVE_MS: "50", DISPATCH_CLAIM_MIN_IDLE_MS: String(HOUR_MS) };

let server: Server;
let redis: TestRedis;
let handOff: HandOff;
let dispatcher: TestDispatcher;
let tests = 0;
let isUp = true;

beforeAll(async () => {
  server = (await privateServers("redis")).redis;
});

beforeEach(async () => {
  redis = { url: server.url, keyPrefix: `t${(tests += 1)}:` };
  handOff = new HandOff(redis);
  dispatcher = await startTestDispatcher(redis, QUICK_KEEP_ALIVE);
});

afterEach(startRedis);

describe("while Redis is away", () => {
  it("work goes on, and what is acknowledged is settled when it returns", async () => {
    const worker = await dispatcher.attach();
    const ids = await handOff.acceptMany(3);
    const batches = await worker.take(3);
    await killRedis();
    worker.ack(...batches.slice(0, 2));
    await expect(dispatcher.admin.getStats({})).rejects.toMatchObject({ reason: "REDIS_UNAVAILABLE" });
    worker.ack(...batches.slice(2));
    await eventually(async () => (await dispatcher.admin.listWorkers({})).workers[0]?.ackedBatches === 3n);
    await startRedis();
    expect(await worker.confirmed(3)).toEqual(ids.toSorted());
    expect(await handOff.settled()).toEqual([]);
    const later = await handOff.accept();
    expect(await worker.takeOne()).toMatchObject({ batchId: later, attempt: 1 });
  });

  it("nobody can register, and all calls say why", async () => {
    await killRedis();
    const refusal = { code: Code.UNAVAILABLE, reason: "REDIS_UNAVAILABLE", retryAfterMs: 1_000 };
    await expect(dispatcher.attach()).rejects.toMatchObject(refusal);
    await expect(dispatcher.admin.pauseDispatch({})).rejects.toMatchObject(refusal);
    await expect(dispatcher.admin.listDeadLetters({})).rejects.toMatchObject(refusal);
    await expect(Array.fromAsync(dispatcher.admin.redriveDeadLetters({}))).rejects.toMatchObject(refusal);
    await expect(Array.fromAsync(dispatcher.admin.watchStats({}))).rejects.toMatchObject(refusal);
    const answer = await fetch(`http://${dispatcher.metricsAddress}/metrics`);
    expect(await answer.text()).toMatch(/^firstcome_dispatch_backlog_batches\{.*\} Nan$/im);
  });
});

describe("when Redis is back", () => {
  it("dispatchers leave to each other what each has, however long the outage was", async () => {
    // Slower to say what it has than the other is to claim.
    const holder = await startTestDispatcher(redis, { ...QUICK_KEEP_ALIVE, DISPATCH_KEEP_ALIVE_MS: "500" });
    const worker = await holder.attach({ maxBatches: 1 });
    await handOff.accept();
    const batch = await worker.takeOne();
    const idle = await dispatcher.attach();
    await handOff.leaveUntouched(2 * HOUR_MS);
    await killRedis();
    await startRedis();
    // The claim that would bring it comes with, or before, the one that brings this from a dispatcher that died.
    const batchId = await handOff.acceptAsOf("a dead dispatcher", 2 * HOUR_MS);
    expect(await idle.takeOne()).toMatchObject({ batchId, attempt: 1 });
    expect([idle.waiting, worker.waiting]).toEqual([0, 0]);
    worker.ack(batch);
    expect(await worker.confirmed(1)).toEqual([batch.batchId]);
  });

  it("and is empty, dispatching starts over; an Ack from before is confirmed", async () => {
    const worker = await dispatcher.attach();
    const lost = await handOff.accept();
    const batch = await worker.takeOne();
    await handOff.redis.flushall();
    const id = await handOff.accept();
    expect(await worker.takeOne()).toMatchObject({ batchId: id, attempt: 1 });
    await eventually(async () => (await dispatcher.admin.getStats({})).stats?.outstandingBatches === 1);
    worker.ack(batch);
    expect(await worker.confirmed(1)).toEqual([lost]);
  });
});

async function killRedis(): Promise<void> {
  await server.kill();
  isUp = false;
}

async function startRedis(): Promise<void> {
  if (!isUp) await server.start();
  isUp = true;
}
