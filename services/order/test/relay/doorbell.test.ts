import { describe, expect, it } from "vitest";
import { Doorbell } from "../../src/relay/doorbell.ts";

const LONG_MS = 60_000;
const never = new AbortController().signal;

describe("Doorbell", () => {
  it("wakes whoever waits", async () => {
    const bell = new Doorbell();
    const waiting = bell.wait(LONG_MS, never);
    bell.ring();
    await expect(waiting).resolves.toBeUndefined();
  });

  it("does not let a ring be missed, and counts many as one", async () => {
    const bell = new Doorbell();
    bell.ring();
    bell.ring();
    await bell.wait(LONG_MS, never);

    const began = performance.now();
    await bell.wait(20, never);
    expect(performance.now() - began).toBeGreaterThan(15);
  });

  it("lets nobody wait when the signal is aborted, before or meanwhile", async () => {
    const bell = new Doorbell();
    const stop = new AbortController();
    const waiting = bell.wait(LONG_MS, stop.signal);
    stop.abort();
    await waiting;
    await expect(bell.wait(LONG_MS, stop.signal)).resolves.toBeUndefined();
  });
});
