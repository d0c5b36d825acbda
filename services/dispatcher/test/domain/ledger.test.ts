import { beforeEach, describe, expect, it } from "vitest";
import { Holdings } from "../../src/domain/holdings.ts";
import { Ledger } from "../../src/domain/ledger.ts";
import type { WorkerLoad } from "../../src/domain/worker-load.ts";
import { aBatch } from "./a-batch.ts";

const DEADLINE_MS = 1_000;
const BACKOFF_MS = 100;
const ALL = { userIds: [], reason: "BUSY" } as const;

let holdings: Holdings;
let ledger: Ledger;
let one: WorkerLoad;

beforeEach(() => {
  let tokens = 0;
  holdings = new Holdings();
  ledger = new Ledger({
    holdings,
    retry: { failureLimit: 3, backoff: () => BACKOFF_MS, releaseDelayMs: 10 },
    deliveryDeadlineMs: DEADLINE_MS,
    nextToken: () => `t${++tokens}`,
  });
  one = ledger.attach("one", { maxBatches: 2, maxItems: 10 });
});

describe("assign", () => {
  it("hands out in order until the first that nobody can take", () => {
    for (const [index, size] of [6, 6, 1].entries()) holdings.hold(aBatch(`b${index}`, { size }), 0);
    expect(ledger.assign(0).map(({ batchId }) => batchId)).toEqual(["b0"]);
    expect([one.batches, one.items]).toEqual([1, 6]);
  });

  it("says what the worker needs to know", () => {
    holdings.hold(aBatch("b", { size: 2, firstNo: 5, failures: 1, acceptedAt: 77 }), 0);
    expect(ledger.assign(0)).toEqual([
      {
        batchId: "b",
        workerId: "one",
        token: "t1",
        attempt: 2,
        couponId: "7",
        acceptedAt: 77,
        items: { userIds: ["u5", "u6"], issueNos: [5, 6], failures: [1, 1] },
      },
    ]);
  });
});

describe("readBudget", () => {
  it("is what the workers have credit for beyond what is ready", () => {
    ledger.attach("two", { maxBatches: 3, maxItems: 100 });
    holdings.hold(aBatch("a"), 0);
    expect(ledger.readBudget()).toBe(4);
    ledger.assign(0);
    expect(ledger.readBudget()).toBe(4);
    ledger.ack("one", "a");
    expect(ledger.readBudget()).toBe(5);
  });

  it("is one before it is known how large batches are, and goes by the first one then", () => {
    one.capacity = { maxBatches: 100, maxItems: 100 };
    expect(ledger.readBudget()).toBe(1);
    holdings.hold(aBatch("a", { size: 20 }), 0);
    for (const batch of holdings) holdings.forget(batch);
    expect(ledger.readBudget()).toBe(5);
  });

  it("is nothing without credit", () => {
    one.capacity = { maxBatches: 0, maxItems: 10 };
    expect(ledger.readBudget()).toBe(0);
    one.capacity = { maxBatches: 2, maxItems: 10 };
    one.closing = true;
    expect(ledger.readBudget()).toBe(0);
  });

  it("goes by the size of batches where items are scarce", () => {
    one.capacity = { maxBatches: 100, maxItems: 100 };
    for (let index = 0; index < 50; index += 1) holdings.hold(aBatch(`b${index}`, { size: 20 }), 0);
    for (const { batchId } of ledger.assign(0)) ledger.ack("one", batchId);
    for (const batch of holdings.ready.values()) holdings.forget(batch);
    expect(ledger.readBudget()).toBe(5);
  });
});

describe("ack", () => {
  beforeEach(() => {
    holdings.hold(aBatch("b"), 0);
    ledger.assign(0);
  });

  it("settles the batch and frees the worker's credit", () => {
    expect(ledger.ack("one", "b")).toEqual({ settlement: { batchId: "b", dead: [] }, items: 3, first: true });
    expect(one.batches).toBe(0);
    expect(holdings.count().settlingBatches).toBe(1);
    holdings.settled("b");
    expect([...holdings]).toEqual([]);
  });

  it("is good from an attempt that is over, and takes the batch from the worker that has it now", () => {
    ledger.expire(DEADLINE_MS);
    const two = ledger.attach("two", { maxBatches: 1, maxItems: 10 });
    expect(ledger.assign(DEADLINE_MS)).toMatchObject([{ workerId: "two" }]);
    expect(ledger.ack("one", "b")).toMatchObject({ first: true });
    expect(two.hasLapsed("b")).toBe(true);
    expect(ledger.ack("two", "b")).toEqual({ settlement: { batchId: "b", dead: [] }, items: 0, first: false });
    expect(two.batches).toBe(0);
  });

  it("is good for a batch that is not held here", () => {
    expect(ledger.ack("one", "elsewhere")).toEqual({
      settlement: { batchId: "elsewhere", dead: [] },
      items: 0,
      first: false,
    });
  });

  it("is good while the batch waits, rests or is given back", () => {
    ledger.nack("one", { batchId: "b", token: "t1", failures: [{ kind: "retriable", ...ALL }] }, 0);
    ledger.ack("one", "b");
    expect(holdings.wake(BACKOFF_MS)).toBe(0);
    holdings.hold(aBatch("c"), 0);
    holdings.beginReleaseOfAll();
    ledger.ack("one", "c");
    holdings.endRelease(["c"], true, 0);
    expect(holdings.count()).toMatchObject({ settlingBatches: 2, heldBatches: 0 });
  });
});

describe("nack", () => {
  beforeEach(() => {
    holdings.hold(aBatch("b"), 0);
    ledger.assign(0);
  });

  it("delivers only what remains, with its failures counted, after the back-off", () => {
    const nack = {
      batchId: "b",
      token: "t1",
      failures: [{ kind: "retriable", userIds: ["u1", "u3"], reason: "BUSY" }] as const,
    };
    expect(ledger.nack("one", nack, 0)).toMatchObject({
      outcome: "retry",
      kind: "nack",
      failures: 1,
      committedItems: 1,
      deadItems: 0,
    });
    expect(ledger.assign(0)).toEqual([]);
    expect(holdings.nextWakeAt).toBe(BACKOFF_MS);
    expect(holdings.wake(BACKOFF_MS)).toBe(1);
    expect(ledger.assign(BACKOFF_MS)).toMatchObject([
      { token: "t2", attempt: 2, items: { userIds: ["u1", "u3"], issueNos: [1, 3] } },
    ]);
  });

  it("waits as long as the worker asks", () => {
    ledger.nack("one", { batchId: "b", token: "t1", failures: [{ kind: "retriable", ...ALL, delayMs: 5_000 }] }, 0);
    expect(holdings.nextWakeAt).toBe(5_000);
  });

  it("buries fatal items and settles when nothing remains", () => {
    const failures = [{ kind: "fatal", userIds: ["u2"], reason: "BAD_ROW" }] as const;
    expect(ledger.nack("one", { batchId: "b", token: "t1", failures }, 0)).toMatchObject({
      outcome: "settle",
      committedItems: 2,
      deadItems: 1,
      settlement: { batchId: "b", dead: [{ userIds: ["u2"], issueNos: [2], reason: "BAD_ROW", attempts: 1 }] },
    });
  });

  it("keeps the dead until the rest is done", () => {
    const failures = [
      { kind: "fatal", userIds: ["u2"], reason: "BAD_ROW" },
      { kind: "retriable", userIds: ["u3"], reason: "BUSY" },
    ] as const;
    expect(ledger.nack("one", { batchId: "b", token: "t1", failures }, 0)).toMatchObject({
      outcome: "retry",
      deadItems: 1,
    });
    expect(ledger.ack("one", "b")).toMatchObject({ settlement: { dead: [{ userIds: ["u2"] }] } });
  });

  it("takes the Ack of what remained for no more than that once the dead are forgotten", () => {
    const failures = [
      { kind: "fatal", userIds: ["u2"], reason: "BAD_ROW" },
      { kind: "released", userIds: ["u3"], reason: "" },
    ] as const;
    ledger.nack("one", { batchId: "b", token: "t1", failures }, 0);
    holdings.wake(10);
    expect(ledger.assign(10)).toMatchObject([{ attempt: 2, items: { userIds: ["u3"] } }]);
    ledger.drop("b");
    expect(ledger.ack("one", "b")).toBe("PART");
    // Nor when it is held anew, whole.
    holdings.hold(aBatch("b"), 20);
    expect(ledger.assign(20)).toMatchObject([{ attempt: 1, items: { userIds: ["u1", "u2", "u3"] } }]);
    expect(ledger.ack("one", "b")).toMatchObject({ settlement: { dead: [] }, items: 3 });
  });

  it("goes to the dead letters at the failure limit", () => {
    for (let attempt = 1, now = 0; ; attempt += 1, now += BACKOFF_MS) {
      const verdict = ledger.nack(
        "one",
        { batchId: "b", token: `t${attempt}`, failures: [{ kind: "retriable", ...ALL }] },
        now,
      );
      if (attempt === 3) {
        expect(verdict).toMatchObject({
          outcome: "settle",
          settlement: { dead: [{ userIds: ["u1", "u2", "u3"], attempts: 3 }] },
        });
        break;
      }
      expect(verdict).toMatchObject({ outcome: "retry", failures: attempt });
      holdings.wake(now + BACKOFF_MS);
      ledger.assign(now + BACKOFF_MS);
    }
  });

  it("counts nothing for released items, and gives a worker that stays a moment's rest from them", () => {
    const verdict = ledger.nack("one", { batchId: "b", token: "t1", failures: [{ kind: "released", ...ALL }] }, 0);
    expect(verdict).toMatchObject({ outcome: "retry", kind: "release", failures: 0 });
    expect(holdings.nextWakeAt).toBe(10);
  });

  it("has released items ready at once when the worker leaves", () => {
    one.closing = true;
    ledger.nack("one", { batchId: "b", token: "t1", failures: [{ kind: "released", ...ALL }] }, 0);
    expect(holdings.ready.size).toBe(1);
  });

  it("holds against the whole batch only what holds against each item", () => {
    const failures = [
      { kind: "retriable", userIds: ["u1"], reason: "BUSY" },
      { kind: "released", userIds: [], reason: "" },
    ] as const;
    expect(ledger.nack("one", { batchId: "b", token: "t1", failures }, 0)).toMatchObject({ kind: "nack", failures: 0 });
  });

  it("is nothing from an attempt that is over, except the worker's credit", () => {
    ledger.expire(DEADLINE_MS);
    const two = ledger.attach("two", { maxBatches: 1, maxItems: 10 });
    ledger.assign(DEADLINE_MS);
    expect(ledger.nack("one", { batchId: "b", token: "t1", failures: [{ kind: "fatal", ...ALL }] }, DEADLINE_MS)).toBe(
      "STALE",
    );
    expect([one.batches, two.batches]).toEqual([0, 1]);
  });

  it("fails all items when the worker names one that it was not given", () => {
    const failures = [{ kind: "fatal", userIds: ["stranger"], reason: "BAD_ROW" }] as const;
    expect(ledger.nack("one", { batchId: "b", token: "t1", failures }, 0)).toMatchObject({
      outcome: "retry",
      committedItems: 0,
      deadItems: 0,
      failures: 1,
    });
  });
});

describe("deadlines", () => {
  beforeEach(() => {
    holdings.hold(aBatch("b"), 0);
    ledger.assign(0);
  });

  it("take the batch back when they pass, at once the first time", () => {
    expect(ledger.expire(DEADLINE_MS - 1)).toEqual([]);
    expect(ledger.expire(DEADLINE_MS)).toMatchObject([
      { outcome: "retry", kind: "deadline", failures: 1, workerId: "one" },
    ]);
    expect(holdings.ready.size).toBe(1);
  });

  it("back off from the second failure on", () => {
    ledger.expire(DEADLINE_MS);
    ledger.assign(DEADLINE_MS);
    ledger.expire(2 * DEADLINE_MS);
    expect(holdings.nextWakeAt).toBe(2 * DEADLINE_MS + BACKOFF_MS);
  });

  it("leave the credit with the worker until it answers", () => {
    ledger.expire(DEADLINE_MS);
    expect(one.batches).toBe(1);
    ledger.ack("one", "b");
    expect(one.batches).toBe(0);
  });

  it("move with Extend from the current attempt, never back", () => {
    expect(ledger.extend("b", "t1", 5_000, 500)).toBe(true);
    expect(ledger.extend("b", "t1", 10, 500)).toBe(true);
    expect(ledger.extend("b", "t0", 50_000, 500)).toBe(false);
    expect(ledger.expire(5_499)).toEqual([]);
    expect(ledger.expire(5_500)).toHaveLength(1);
  });
});

describe("a worker that goes", () => {
  beforeEach(() => {
    for (const id of ["a", "b"]) holdings.hold(aBatch(id), 0);
    ledger.assign(0);
  });

  it("fails its batches when its stream broke", () => {
    expect(ledger.lose("one", 0)).toMatchObject([
      { batchId: "a", kind: "crash", failures: 1 },
      { batchId: "b", kind: "crash", failures: 1 },
    ]);
    expect(holdings.ready.size).toBe(2);
    expect(ledger.readBudget()).toBe(0);
  });

  it("has nothing counted when it was dismissed", () => {
    expect(ledger.dismiss("one", 0)).toBe(2);
    ledger.attach("two", { maxBatches: 5, maxItems: 50 });
    expect(ledger.assign(0)).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
  });
});

describe("release", () => {
  it("gives back what has been ready for too long, and takes it again when that fails", () => {
    holdings.hold(aBatch("old"), 0);
    holdings.hold(aBatch("new"), 50);
    expect(holdings.beginRelease(40)).toEqual(["old"]);
    expect(holdings.toKeep()).toMatchObject([{ id: "new" }]);
    holdings.endRelease(["old"], false, 60);
    expect(ledger.assign(60).map(({ batchId }) => batchId)).toEqual(["new", "old"]);
  });

  it("leaves alone as many as it is told, of those that are next", () => {
    for (const id of ["a", "b", "c"]) holdings.hold(aBatch(id), 0);
    expect(holdings.beginRelease(0, 1)).toEqual(["b", "c"]);
  });

  it("forgets what the hand-off has taken back", () => {
    holdings.hold(aBatch("b"), 0);
    holdings.endRelease(holdings.beginReleaseOfAll(), true, 0);
    expect([...holdings]).toEqual([]);
  });

  it("keeps a batch that was claimed back meanwhile", () => {
    holdings.hold(aBatch("b"), 0);
    const released = holdings.beginReleaseOfAll();
    holdings.hold(aBatch("b"), 0);
    holdings.endRelease(released, true, 0);
    expect(ledger.assign(0)).toHaveLength(1);
  });
});

describe("drop", () => {
  it("forgets a batch that another dispatcher has; the worker's Ack is still good", () => {
    holdings.hold(aBatch("b"), 0);
    ledger.assign(0);
    expect(ledger.drop("b")).toBe(true);
    expect([...holdings]).toEqual([]);
    expect(one.hasLapsed("b")).toBe(true);
    expect(ledger.ack("one", "b")).toMatchObject({ settlement: { batchId: "b", dead: [] } });
    expect(one.batches).toBe(0);
  });
});
