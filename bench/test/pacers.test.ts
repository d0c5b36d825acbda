import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClosedPacer } from "../src/load/closed-pace.ts";
import { OpenPacer } from "../src/load/open-pace.ts";
import { Histogram } from "../src/measure/histogram.ts";

interface Asked {
  connection: number;
  first: number;
  count: number;
}

/** A service that answers when the test says so. */
function silentService(): { asked: Asked[]; ask: (...args: [number, number, number]) => void; close: () => void } {
  const asked: Asked[] = [];
  return { asked, ask: (connection, first, count) => void asked.push({ connection, first, count }), close: () => {} };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("an open pace", () => {
  it("counts the time of those who came while the service stalled from when they were due", () => {
    const answers = new Histogram();
    const order = { first: 0, users: 401, connections: 1, method: "stream" } as const;
    const pacer = new OpenPacer(order, { kind: "open", perSecond: 1_000 }, answers);
    const service = silentService();
    pacer.start(service);

    vi.advanceTimersByTime(1);
    const [beforeTheStall] = service.asked;
    vi.advanceTimersByTime(399);
    expect(service.asked).toEqual([beforeTheStall]);
    pacer.settled(0, 0, beforeTheStall?.count ?? 0);
    const waited = service.asked[1];
    expect(waited).toEqual({ connection: 0, first: 2, count: 399 });
    pacer.settled(0, 2, 399);

    // Users came each millisecond for 400 ms, and all were answered at its end.
    expect(answers.count).toBe(401);
    const { p50, max } = answers.percentiles();
    expect(p50).toBeGreaterThan(195);
    expect(p50).toBeLessThan(205);
    expect(max).toBeGreaterThan(395);
  });

  it("asks for single users as they come, and bounds the calls under way on a connection", () => {
    const order = { first: 10, users: 5_000, connections: 2, method: "unary" } as const;
    const pacer = new OpenPacer(order, { kind: "open", perSecond: 100_000 }, new Histogram());
    const service = silentService();
    pacer.start(service);
    vi.advanceTimersByTime(100);
    expect(service.asked.length).toBe(2 * 1_024);
    expect(service.asked.every(({ count }) => count === 1)).toBe(true);
    expect(new Set(service.asked.map(({ first }) => first)).size).toBe(2 * 1_024);
  });

  it("is done when the last user is settled", async () => {
    const order = { first: 0, users: 3, connections: 1, method: "unary" } as const;
    const pacer = new OpenPacer(order, { kind: "open", perSecond: 1_000 }, new Histogram());
    pacer.start(silentService());
    vi.advanceTimersByTime(10);
    for (const user of [0, 1, 2]) pacer.settled(0, user, 1);
    await pacer.done;
    expect(pacer.asked).toBe(3);
  });
});

describe("a closed pace", () => {
  it("keeps its asks under way, in batches, until all users have asked", async () => {
    const answers = new Histogram();
    const order = { first: 0, users: 25, connections: 2 };
    const pacer = new ClosedPacer(order, { kind: "closed", asks: 2, batch: 10 }, answers);
    const service = silentService();
    pacer.start(service);
    expect(service.asked).toEqual([
      { connection: 0, first: 0, count: 10 },
      { connection: 1, first: 10, count: 10 },
    ]);
    pacer.settled(1, 10, 10);
    expect(service.asked.at(-1)).toEqual({ connection: 1, first: 20, count: 5 });
    pacer.settled(0, 0, 10);
    pacer.settled(1, 20, 5);
    await pacer.done;
    expect(answers.count).toBe(25);
  });

  it("asks no more when its time is up", async () => {
    const pacer = new ClosedPacer(
      { first: 0, users: 1_000, connections: 1 },
      { kind: "closed", asks: 1, batch: 1, atMostMs: 50 },
      new Histogram(),
    );
    const service = silentService();
    pacer.start(service);
    vi.advanceTimersByTime(60);
    pacer.settled(0, 0, 1);
    await pacer.done;
    expect(pacer.asked).toBe(1);
  });
});
