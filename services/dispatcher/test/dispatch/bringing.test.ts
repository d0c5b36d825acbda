import { describe, expect, it } from "vitest";
import { Claimer } from "../../src/dispatch/claimer.ts";
import type { Dispatch } from "../../src/dispatch/dispatch.ts";
import { LaneActivity, Reader } from "../../src/dispatch/reader.ts";
import type { HandoffBatch, HandoffLane } from "../../src/domain/handoff-source.ts";
import { aBatch } from "../domain/a-batch.ts";
import { aDispatch, attach, turn } from "./a-dispatch.ts";

class FakeLane implements HandoffLane {
  readonly counts: number[] = [];
  readonly reads: { batches: HandoffBatch[]; parts: number }[] = [];

  async read({ count }: { count: number }): Promise<{ batches: HandoffBatch[]; parts: number }> {
    this.counts.push(count);
    return this.reads.shift() ?? { batches: [], parts: 0 };
  }

  close(): void {}
}

function aReader(
  dispatch: Dispatch,
  lane: FakeLane,
  { activity = new LaneActivity(), claims = { bringing: false } } = {},
): Reader {
  return new Reader({ lane, activity, dispatch, claims, blockMs: 1 });
}

/** How large batches are is known then. */
function knowSizes({ holdings }: Pick<ReturnType<typeof aDispatch>, "holdings">): void {
  holdings.hold(aBatch("first"), 0);
  for (const batch of holdings) holdings.forget(batch);
}

describe("Reader", () => {
  it("does not read without credit, when paused, or when stopping", async () => {
    const { dispatch } = aDispatch();
    const lane = new FakeLane();
    const reader = aReader(dispatch, lane);
    expect(await reader.runOnce()).toBe("NO_MORE");
    attach(dispatch);
    dispatch.setPaused(true);
    expect(await reader.runOnce()).toBe("NO_MORE");
    dispatch.setPaused(false);
    dispatch.stopHandingOut();
    expect(await reader.runOnce()).toBe("NO_MORE");
    expect(lane.counts).toEqual([]);
  });

  it("asks for what there is credit for, shared among the parts that had batches last time", async () => {
    const { dispatch, holdings } = aDispatch();
    attach(dispatch, undefined, 100);
    knowSizes({ holdings });
    const lane = new FakeLane();
    const reader = aReader(dispatch, lane);
    lane.reads.push({ batches: ["a", "b"].map((id) => aBatch(id)), parts: 2 });
    expect(await reader.runOnce()).toBe("NO_MORE");
    await reader.runOnce();
    expect(lane.counts).toEqual([100, 49]);
  });

  it("asks for one at first, and for what there is credit for once it knows how large they are", async () => {
    const { dispatch } = aDispatch();
    attach(dispatch, undefined, 100);
    const lane = new FakeLane();
    const reader = aReader(dispatch, lane);
    lane.reads.push({ batches: [aBatch("large", { size: 250 })], parts: 1 });
    expect(await reader.runOnce()).toBe("MORE");
    await turn();
    await reader.runOnce();
    expect(lane.counts).toEqual([1, 3]);
  });

  it("leaves half of it to claims while these bring something", async () => {
    const { dispatch, holdings } = aDispatch();
    attach(dispatch, undefined, 5);
    knowSizes({ holdings });
    const lane = new FakeLane();
    await aReader(dispatch, lane, { claims: { bringing: true } }).runOnce();
    expect(lane.counts).toEqual([3]);
  });

  it("shares the budget with readers of other lanes that are busy", async () => {
    const { dispatch, holdings } = aDispatch();
    attach(dispatch, undefined, 100);
    knowSizes({ holdings });
    const activity = new LaneActivity();
    const lanes = [new FakeLane(), new FakeLane()] as const;
    for (const lane of lanes) lane.reads.push({ batches: [aBatch(`b${lanes.indexOf(lane)}`)], parts: 1 });
    for (const lane of [...lanes, ...lanes]) await aReader(dispatch, lane, { activity }).runOnce();
    expect(lanes.map(({ counts }) => counts)).toEqual([
      [100, 49],
      [99, 98],
    ]);
  });

  it("says that there is more when it got all it asked for", async () => {
    const { dispatch, holdings } = aDispatch();
    attach(dispatch, undefined, 2);
    knowSizes({ holdings });
    const lane = new FakeLane();
    lane.reads.push({ batches: ["a", "b"].map((id) => aBatch(id)), parts: 1 });
    expect(await aReader(dispatch, lane).runOnce()).toBe("MORE");
  });

  it("waits for credit", async () => {
    const { dispatch, holdings } = aDispatch();
    knowSizes({ holdings });
    const lane = new FakeLane();
    const reading = aReader(dispatch, lane).run(new AbortController().signal);
    attach(dispatch);
    await reading;
    expect(lane.counts).toEqual([10]);
  });

  it("waits while Redis takes nothing off, and goes on when it does", async () => {
    const { dispatch, settler, holdings } = aDispatch();
    attach(dispatch);
    knowSizes({ holdings });
    for (let index = 0; index <= 10_000; index += 1) settler.add({ batchId: `0:${index}-1`, dead: [] });
    const lane = new FakeLane();
    const reading = aReader(dispatch, lane).run(new AbortController().signal);
    await turn();
    expect(lane.counts).toEqual([]);
    await settler.runOnce();
    await reading;
    expect(lane.counts).toEqual([10]);
  });

  it("does not wait on when it is stopped", async () => {
    const { dispatch } = aDispatch();
    const stop = new AbortController();
    const lane = new FakeLane();
    const reading = aReader(dispatch, lane).run(stop.signal);
    stop.abort();
    await reading;
    expect(lane.counts).toEqual([]);
  });
});

describe("Claimer", () => {
  const setUp = (lastTroubleAt = Number.NEGATIVE_INFINITY) => {
    const world = aDispatch();
    const outages = { lastTroubleAt };
    return { ...world, claimer: new Claimer({ ...world, outages, minIdleMs: 500, keepAliveMs: 100 }) };
  };

  it("takes over what is there, counting only what is not held already", async () => {
    const { claimer, dispatch, source, meter } = setUp();
    attach(dispatch);
    source.claims = [[aBatch("a"), aBatch("b")], [aBatch("b")]];
    expect(await claimer.runOnce()).toBe(2);
    expect(await claimer.runOnce()).toBe(0);
    expect(meter.totals.claimedBatches).toBe(2);
  });

  it("claims nothing without credit", async () => {
    const { claimer, source } = setUp();
    await claimer.runOnce();
    expect(source.claimCounts).toEqual([]);
  });

  it("waits for credit, and goes on with what comes back for as long as it brings something", async () => {
    const { claimer, dispatch, source } = setUp();
    source.claims = [[aBatch("a")], [aBatch("b")]];
    const claiming = claimer.run(new AbortController().signal);
    await turn();
    expect([source.claims.length, claimer.bringing]).toEqual([2, false]);
    const session = attach(dispatch, undefined, 1);
    for (const [index, batchId] of ["a", "b"].entries()) {
      await turn();
      await turn();
      expect([source.claims.length, claimer.bringing]).toEqual([1 - index, true]);
      session.ack([batchId]);
    }
    await claiming;
    expect([source.claimCounts.length, claimer.bringing]).toEqual([3, false]);
  });

  it("brings nothing more after an error, and does not wait on when it is stopped", async () => {
    const { claimer, dispatch, source } = setUp();
    const session = attach(dispatch);
    source.claims = [[aBatch("a")]];
    await claimer.runOnce();
    expect(claimer.bringing).toBe(true);
    source.error = new Error("away");
    await expect(claimer.runOnce()).rejects.toThrow("away");
    expect(claimer.bringing).toBe(false);
    session.end("DRAINING");
    const stop = new AbortController();
    const claiming = claimer.run(stop.signal);
    stop.abort();
    await claiming;
  });

  it("gives living dispatchers time to keep theirs after an outage", async () => {
    const { claimer, dispatch, source, clock, holdings } = setUp(0);
    attach(dispatch);
    knowSizes({ holdings });
    clock.set(3_199);
    await claimer.runOnce();
    expect(source.claimCounts).toEqual([]);
    clock.set(3_200);
    await claimer.runOnce();
    expect(source.claimCounts).toEqual([10]);
  });
});
