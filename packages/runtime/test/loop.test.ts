import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createLogger,
  createMetrics,
  type LeaseHandle,
  type LeasePort,
  silentLogger,
  startLoop,
} from "../src/index.ts";

const base = { name: "test", log: silentLogger };

describe("a loop with an interval", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs at once, then so long after the end of each pass, and never overlaps with itself", async () => {
    const events: string[] = [];
    const start = Date.now();
    const loop = startLoop({
      ...base,
      intervalMs: 100,
      async runOnce() {
        events.push(`begin ${Date.now() - start}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
        events.push(`end ${Date.now() - start}`);
      },
    });
    await vi.advanceTimersByTimeAsync(950);
    expect(events).toEqual(["begin 0", "end 250", "begin 350", "end 600", "begin 700", "end 950"]);
    await loop.stop();
  });

  it("logs and counts a pass that throws, and goes on", async () => {
    const lines: unknown[] = [];
    const log = createLogger({ name: "t", destination: { write: (line) => void lines.push(JSON.parse(line)) } });
    const metrics = createMetrics({ name: "t" });
    let passes = 0;
    const series = 'firstcome_loop_failures_total{loop="test",service="t"}';
    const loop = startLoop({
      ...base,
      log,
      metrics,
      intervalMs: 10,
      async runOnce() {
        passes += 1;
        if (passes < 3) throw new Error(`pass ${passes}`);
      },
    });
    // Nothing was wrong yet, and that is said: what is born at 1 has not increased, for Prometheus.
    expect(await metrics.registry.metrics()).toContain(`${series} 0`);
    await vi.advanceTimersByTimeAsync(25);
    await loop.stop();
    expect(passes).toBe(3);
    expect(lines).toMatchObject([
      { msg: "a pass failed", loop: "test", err: { message: "pass 1" } },
      { msg: "a pass failed", loop: "test", err: { message: "pass 2" } },
    ]);
    expect(await metrics.registry.metrics()).toContain(`${series} 2`);
  });
});

describe("a loop with a cron pattern", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs at its moments in its time zone", async () => {
    // 23:59:30 in Seoul.
    vi.setSystemTime(new Date("2026-11-20T14:59:30Z"));
    const times: string[] = [];
    const loop = startLoop({
      ...base,
      cron: "0 0 0,12 * * *",
      timeZone: "Asia/Seoul",
      async runOnce() {
        times.push(new Date().toISOString());
      },
    });
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    await loop.stop();
    expect(times).toEqual(["2026-11-20T15:00:00.000Z", "2026-11-21T03:00:00.000Z"]);
  });

  it("skips the moments that pass during a pass", async () => {
    vi.setSystemTime(new Date("2026-11-20T00:00:00.500Z"));
    const seconds: number[] = [];
    const loop = startLoop({
      ...base,
      cron: "* * * * * *",
      async runOnce() {
        seconds.push(new Date().getUTCSeconds());
        await new Promise((resolve) => setTimeout(resolve, 2_300));
      },
    });
    await vi.advanceTimersByTimeAsync(8_000);
    const stopped = loop.stop();
    await vi.runAllTimersAsync();
    await stopped;
    expect(seconds).toEqual([1, 4, 7]);
  });

  it("is refused at once when its pattern is none", () => {
    expect(() => startLoop({ ...base, cron: "every day", runOnce: async () => {} })).toThrow(TypeError);
  });
});

describe("stop", () => {
  it("aborts the signal, and waits for the running pass", async () => {
    const events: string[] = [];
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const loop = startLoop({
      ...base,
      intervalMs: 1,
      async runOnce(signal) {
        begin();
        await release;
        events.push(`pass ended, told to stop: ${signal.aborted}`);
      },
    });
    await begun;
    const stopped = loop.stop().then(() => events.push("stopped"));
    finish();
    await stopped;
    await loop.stop();
    expect(events).toEqual(["pass ended, told to stop: true", "stopped"]);
  });

  it("does not wait for the next moment", async () => {
    const loop = startLoop({ ...base, cron: "0 0 0 1 1 *", runOnce: async () => {} });
    await loop[Symbol.asyncDispose]();
    expect(await loop.stop()).toBeUndefined();
  });
});

describe("a lease", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is held between passes by one of two loops, and goes to the other when the first stops", async () => {
    const lease = new FakeLease();
    const passes: string[] = [];
    const loopOf = (name: string) =>
      startLoop({
        ...base,
        lease: lease.port(name),
        intervalMs: 10,
        async runOnce() {
          passes.push(name);
        },
      });
    const a = loopOf("a");
    await vi.advanceTimersByTimeAsync(1);
    const b = loopOf("b");
    await vi.advanceTimersByTimeAsync(20);
    expect(passes).toEqual(["a", "a", "a"]);
    await a.stop();
    expect(lease.holder).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10);
    expect(passes.slice(3)).toEqual(["b"]);
    await b.stop();
    expect(lease.events).toEqual(["a acquired", "a released", "b acquired", "b released"]);
  });

  it("that is lost aborts the pass, and is asked for again", async () => {
    const lease = new FakeLease();
    const aborted: boolean[] = [];
    const loop = startLoop({
      ...base,
      lease: lease.port("a"),
      intervalMs: 10,
      async runOnce(signal) {
        if (aborted.length === 0) lease.lose();
        aborted.push(signal.aborted);
      },
    });
    await vi.advanceTimersByTimeAsync(15);
    await loop.stop();
    expect(aborted).toEqual([true, false]);
    expect(lease.events).toEqual(["a acquired", "a acquired", "a released"]);
  });
});

class FakeLease {
  holder: string | undefined;
  readonly events: string[] = [];
  #abort = new AbortController();

  port(name: string): LeasePort {
    return { acquire: async () => this.#acquire(name) };
  }

  lose(): void {
    this.holder = undefined;
    this.#abort.abort();
  }

  #acquire(name: string): LeaseHandle | undefined {
    if (this.holder !== undefined) return undefined;
    this.holder = name;
    this.events.push(`${name} acquired`);
    const abort = new AbortController();
    this.#abort = abort;
    const release = async (): Promise<void> => {
      if (abort.signal.aborted) return;
      this.holder = undefined;
      this.events.push(`${name} released`);
    };
    return { signal: abort.signal, release };
  }
}
