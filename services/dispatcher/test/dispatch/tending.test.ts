import { describe, expect, it } from "vitest";
import { BackoffQueue } from "../../src/dispatch/backoff-queue.ts";
import { DeadlineSweeper } from "../../src/dispatch/deadline-sweeper.ts";
import { forgetTheGone } from "../../src/dispatch/forget-the-gone.ts";
import { KeepAlive } from "../../src/dispatch/keep-alive.ts";
import { OutageGuard } from "../../src/dispatch/outage-guard.ts";
import { Releaser } from "../../src/dispatch/releaser.ts";
import { aBatch } from "../domain/a-batch.ts";
import { aDispatch, attach, FakeLine, turn } from "./a-dispatch.ts";

describe("KeepAlive", () => {
  it("keeps all that is held", async () => {
    const world = aDispatch();
    for (const id of ["a", "b"]) world.holdings.hold(aBatch(id), 0);
    await new KeepAlive(world).runOnce();
    expect(world.source.kept).toEqual([["a", "b"]]);
  });

  it("lets go of what belongs to another also when a part of the hand-off is away", async () => {
    const world = aDispatch();
    for (const id of ["lost", "unknown"]) world.holdings.hold(aBatch(id), 0);
    world.source.lost = ["lost"];
    world.source.partError = new Error("half away");
    await expect(new KeepAlive(world).runOnce()).rejects.toThrow("half away");
    expect([...world.holdings].map(({ id }) => id)).toEqual(["unknown"]);
  });

  it("lets go of what belongs to another, but not of what was settled or held anew meanwhile", async () => {
    const world = aDispatch();
    const { holdings, source } = world;
    for (const id of ["lost", "again", "mine"]) holdings.hold(aBatch(id), 0);
    source.lost = ["lost", "again", "settled"];
    const keeping = new KeepAlive(world).runOnce();
    holdings.endRelease(
      holdings.beginReleaseOfAll().filter((id) => id === "again"),
      true,
      0,
    );
    holdings.hold(aBatch("again"), 0);
    await keeping;
    expect([...holdings].map(({ id }) => id).toSorted()).toEqual(["again", "mine"]);
  });
});

describe("Releaser", () => {
  it("gives back what has waited too long", async () => {
    const world = aDispatch();
    world.holdings.hold(aBatch("old"), 0);
    world.clock.set(100);
    world.holdings.hold(aBatch("new"), 100);
    await new Releaser({ ...world, maxWaitMs: 50 }).runOnce();
    expect(world.source.released).toEqual(["old"]);
    expect([...world.holdings].map(({ id }) => id)).toEqual(["new"]);
  });

  it("holds on to what waits behind a large batch while workers have credit", async () => {
    const world = aDispatch();
    world.ledger.attach("w", { maxBatches: 5, maxItems: 10 });
    for (const id of ["now", "large", "behind"]) world.holdings.hold(aBatch(id, { size: id === "large" ? 20 : 3 }), 0);
    expect(world.ledger.assign(0)).toHaveLength(1);
    world.clock.set(100);
    const releaser = new Releaser({ ...world, maxWaitMs: 50 });
    await releaser.runOnce();
    expect(world.source.released).toEqual([]);
    world.ledger.lose("w", 100);
    await releaser.runOnce();
    expect(world.source.released).toEqual(["large", "behind"]);
  });

  it("holds on to what workers here will take next, going by what they took lately", async () => {
    const world = aDispatch();
    const { holdings, clock, dispatch, source } = world;
    const session = attach(dispatch, undefined, 2);
    dispatch.offer(["a", "b", "c", "d", "e", "f", "g"].map((id) => aBatch(id)));
    await turn();
    session.ack(["a"]);
    await turn();
    clock.set(100);
    const releaser = new Releaser({ ...world, maxWaitMs: 50 });
    await releaser.runOnce();
    // They took a, b and c.
    expect(source.released).toEqual(["g"]);
    await releaser.runOnce();
    expect(source.released).toEqual(["g", "d", "e", "f"]);
    expect(holdings.ready.size).toBe(0);
  });

  it("holds on to what it cannot give back, where only a part of the hand-off is away too", async () => {
    const world = aDispatch();
    for (const id of ["away", "there"]) world.holdings.hold(aBatch(id), 0);
    world.source.unreleased.add("away");
    world.source.partError = new Error("half away");
    await expect(new Releaser({ ...world, maxWaitMs: 0 }).runOnce()).rejects.toThrow("half away");
    expect([[...world.holdings.ready.values()].map(({ id }) => id), world.source.released]).toEqual([
      ["away"],
      ["there"],
    ]);
  });

  it("holds on to what it cannot give back", async () => {
    const world = aDispatch();
    world.holdings.hold(aBatch("a"), 0);
    world.source.error = new Error("away");
    await expect(new Releaser({ ...world, maxWaitMs: 0 }).runOnce()).rejects.toThrow("away");
    expect(world.holdings.ready.size).toBe(1);
  });
});

describe("DeadlineSweeper", () => {
  it("takes back what is late and remembers it beyond this process", async () => {
    const world = aDispatch();
    const line = new FakeLine();
    attach(world.dispatch, line, 1);
    world.dispatch.offer([aBatch("a")]);
    await turn();
    world.clock.set(1_000);
    new DeadlineSweeper(world).runOnce();
    expect(world.source.failures).toEqual([{ batchId: "a", failures: 1 }]);
    expect(world.meter.totals.failedAttempts).toBe(1);
    expect(line.said).toEqual(["deliver a"]);
  });

  it("sends streams away when they are old and ends them after the grace", async () => {
    const world = aDispatch();
    const line = new FakeLine();
    const session = attach(world.dispatch, line);
    const sweeper = new DeadlineSweeper(world);
    world.clock.set(8_999);
    sweeper.runOnce();
    world.clock.set(11_000);
    sweeper.runOnce();
    expect(line.said).toEqual(["go away MAX_STREAM_AGE 500"]);
    world.clock.set(11_500);
    sweeper.runOnce();
    expect(await session.over).toBe("MAX_STREAM_AGE");
  });
});

describe("forgetTheGone", () => {
  it("leaves dispatchers alone that were heard of within a day", async () => {
    const { source, log } = aDispatch();
    await forgetTheGone(source, log);
    expect(source.forgetting).toEqual([86_400_000]);
  });
});

describe("BackoffQueue", () => {
  it("wakes what has rested and says so", () => {
    const { holdings, ledger, clock } = aDispatch();
    ledger.attach("w", { maxBatches: 1, maxItems: 10 });
    holdings.hold(aBatch("a"), 0);
    const [delivery] = ledger.assign(0);
    const failures = [{ kind: "retriable", userIds: [], reason: "BUSY" }] as const;
    ledger.nack("w", { batchId: "a", token: delivery?.token ?? "", failures }, 0);
    let woken = 0;
    const queue = new BackoffQueue({ holdings, clock, onReady: () => void (woken += 1) });
    queue.runOnce();
    expect(woken).toBe(0);
    clock.set(100);
    queue.runOnce();
    expect([woken, holdings.ready.size]).toEqual([1, 1]);
    queue.stop();
  });
});

describe("OutageGuard", () => {
  it("lets a loop outlive errors, and prepares the hand-off before it goes on", async () => {
    const { source, clock, log } = aDispatch();
    const guard = new OutageGuard({ source, clock, log });
    const { signal } = new AbortController();
    let failing = true;
    let passes = 0;
    const pass = guard.around("test", async () => {
      passes += 1;
      if (failing) throw new Error("away");
    });
    clock.set(7);
    await pass(signal);
    failing = false;
    await pass(signal);
    await pass(signal);
    expect([passes, source.prepared, guard.lastTroubleAt]).toEqual([3, 1, 7]);
  });

  it("lets passes run when the hand-off cannot be prepared, and says that all is well when it could be", async () => {
    const { source, clock, log } = aDispatch();
    const guard = new OutageGuard({ source, clock, log });
    const { signal } = new AbortController();
    let passes = 0;
    const pass = guard.around("test", async () => {
      if ((passes += 1) === 1) throw new Error("a part of it is away");
    });
    await pass(signal);
    source.error = new Error("a part of it is away");
    clock.set(7);
    await pass(signal);
    await pass(signal);
    expect([passes, source.prepared, guard.lastTroubleAt]).toEqual([3, 2, 7]);
    source.error = undefined;
    clock.set(8);
    await pass(signal);
    await pass(signal);
    expect([passes, source.prepared, guard.lastTroubleAt]).toEqual([5, 3, 7]);
  });
});
