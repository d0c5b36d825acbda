import { describe, expect, it } from "vitest";
import { listPerWorker } from "../../src/peers/list-per-worker/peer.ts";
import { runFault } from "../../src/peers/run-fault.ts";
import { openStand, type Stand } from "../../src/peers/stand.ts";
import { doubleCounter } from "../../src/peers/double-counter/peer.ts";
import { pubsubFanout } from "../../src/peers/pubsub-fanout/peer.ts";
import { zsetCron } from "../../src/peers/zset-cron/peer.ts";

const say = (): void => {};

describe("a peer's stand", () => {
  it("ends as many workers as it is told, and has others in their place that take work", async () => {
    await using stand = await openStand(listPerWorker, 40, say);
    const before = workersOf(stand);
    await stand.killAndRestart(1, 0);
    const after = workersOf(stand);

    expect(after.slice(1)).toEqual(before.slice(1));
    expect(before).not.toContain(after[0]);
    expect(() => process.kill(before[0] ?? 0, 0)).toThrow("ESRCH");
    await stand.ask({ first: 0, users: 40, concurrency: 4 });
    expect(await stand.untilRows(40, 10_000)).toMatchObject({ rows: 40 });
  });

  it("waits no longer for rows than for the next one", async () => {
    await using stand = await openStand(listPerWorker, 10, say);
    await stand.ask({ first: 0, users: 10, concurrency: 4 });
    expect(await stand.untilRows(11, 300)).toMatchObject({ rows: 10 });
  });
});

describe("a fault experiment", () => {
  it("loses with all workers of pubsub-fanout whom nobody heard, and keeps asking until they are back", async () => {
    const kill = { afterRows: 50, workers: 4, restartMs: 0 };
    const result = await runFault(pubsubFanout, { title: "", warmUpUsers: 20, users: 5_000, kill }, say);
    expect(result.users).toBeGreaterThan(50);
    expect(result.lost).toBeGreaterThan(0);
    expect(result.lost).toBeLessThan(result.users);
  });

  it("shows that double-counter gives a user as many as he asks for", async () => {
    const result = await runFault(doubleCounter, { title: "", users: 20, quantity: 40, asks: 2 }, say);
    expect(result).toMatchObject({ lost: 0, duplicated: 20, overIssued: 0 });
  });

  it("shows that zset-cron tells more users that they are in than there are coupons", async () => {
    const result = await runFault(zsetCron, { title: "", users: 30, quantity: 20 }, say);
    expect(result).toMatchObject({ lost: 10, duplicated: 0, overIssued: 0 });
  });
});

function workersOf(stand: Stand): number[] {
  return stand
    .processes()
    .filter(({ name }) => name === "worker")
    .map(({ pid }) => pid);
}
