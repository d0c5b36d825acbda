import { timestampMs } from "@bufbuild/protobuf/wkt";
import { eventually, FakeClock, privateServers, testRedis, type TestRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher, type TestDispatcher } from "./test-dispatcher.ts";
import { next } from "./test-worker.ts";

/** Far from now, and it never moves: as a clock that was set back, for as long as it takes to catch up. */
const STOPPED_AT = Date.UTC(2001, 0, 1);

async function startWithStoppedClock(
  redis: TestRedis,
  env: Record<string, string>,
): Promise<{ dispatcher: TestDispatcher; handOff: HandOff }> {
  const handOff = new HandOff(redis);
  return { dispatcher: await startTestDispatcher(redis, env, new FakeClock(STOPPED_AT)), handOff };
}

describe("a dispatcher whose host's clock was set back", () => {
  it("tries again what failed, and what a worker does not answer in time", async () => {
    const env = { DISPATCH_DEADLINE_MS: "200", DISPATCH_FAILURE_LIMIT: "100" };
    const { dispatcher, handOff } = await startWithStoppedClock(testRedis(), env);
    const worker = await dispatcher.attach();
    await handOff.accept();
    worker.nack(await worker.takeOne(), { kind: "RETRIABLE", delayMs: 20 });
    await worker.takeOne();
    // Not answered: somebody else gets it.
    const other = await dispatcher.attach();
    other.ack(await other.takeOne());
    expect(await handOff.settled()).toEqual([]);
  });

  it("gives back what finds no worker here", async () => {
    const redis = testRedis();
    const { dispatcher, handOff } = await startWithStoppedClock(redis, { DISPATCH_MAX_WAIT_MS: "100" });
    const leaving = await dispatcher.attach();
    await handOff.accept();
    await leaving.takeOne();
    const worker = await (await startTestDispatcher(redis)).attach();
    leaving.crash();
    expect(await worker.takeOne()).toMatchObject({ attempt: 2 });
  });

  it("sends away workers whose streams are old", async () => {
    const env = { DISPATCH_STREAM_MAX_AGE_MS: "1000", DISPATCH_STREAM_GRACE_MS: "500" };
    const { dispatcher } = await startWithStoppedClock(testRedis(), env);
    const worker = await dispatcher.attach();
    await next(worker.goAway);
    expect(await worker.ended).toMatchObject({ reason: "MAX_STREAM_AGE" });
  });

  it("shows the backlog as it is", async () => {
    const { dispatcher, handOff } = await startWithStoppedClock(testRedis(), {});
    const backlog = async (): Promise<bigint | undefined> =>
      (await dispatcher.admin.getStats({})).stats?.backlogBatches;
    expect(await backlog()).toBe(0n);
    await handOff.accept();
    await eventually(async () => (await backlog()) === 1n);
  });

  it("redrives all dead letters, those of the last moment too", async () => {
    const { dispatcher, handOff } = await startWithStoppedClock(testRedis(), {});
    const worker = await dispatcher.attach();
    await handOff.accept();
    worker.nack(await worker.takeOne(), { kind: "FATAL" });
    await eventually(async () => (await handOff.left()).dead.length === 1);
    const progress = await Array.fromAsync(dispatcher.admin.redriveDeadLetters({ perSecond: 1_000 }));
    expect(progress.at(-1)).toMatchObject({ redriven: 1, notFound: 0 });
  });

  it("takes over from the dead after Redis was away", async () => {
    const { redis: server } = await privateServers("redis");
    const env = { DISPATCH_KEEP_ALIVE_MS: "50", DISPATCH_CLAIM_MIN_IDLE_MS: "500" };
    const { dispatcher, handOff } = await startWithStoppedClock({ url: server.url, keyPrefix: "" }, env);
    const worker = await dispatcher.attach();
    await server.kill();
    await expect(dispatcher.admin.getStats({})).rejects.toMatchObject({ reason: "REDIS_UNAVAILABLE" });
    await server.start();
    await handOff.acceptAsOf("a dead dispatcher");
    expect(await worker.takeOne()).toMatchObject({ attempt: 1 });
  });

  it("tells since when workers are attached by that clock", async () => {
    const { dispatcher } = await startWithStoppedClock(testRedis(), {});
    await dispatcher.attach();
    const [info] = (await dispatcher.admin.listWorkers({})).workers;
    expect(info?.attachedAt && timestampMs(info.attachedAt)).toBe(STOPPED_AT);
  });
});
