import { eventually, FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";

describe("eventually", () => {
  it("repeats until the condition holds, and gives its value", async () => {
    const values = [false, false, 3] as const;
    let calls = 0;
    expect(await eventually(() => values[calls++])).toBe(3);
    expect(calls).toBe(3);
  });

  it("repeats while the assertion throws", async () => {
    let calls = 0;
    await eventually(() => expect(++calls).toBeGreaterThan(2));
    expect(calls).toBe(3);
  });

  it("reports the last failure when the time is up", async () => {
    const never = eventually(() => Promise.reject(new Error("still 2 rows")), { timeoutMs: 30 });
    await expect(never).rejects.toThrow("not within 30 ms: still 2 rows");
    await expect(eventually(() => false, { timeoutMs: 0 })).rejects.toThrow(
      "not within 0 ms: the condition stayed false",
    );
  });
});

describe("FakeClock", () => {
  it("stands still until it is set or advanced", () => {
    const clock = new FakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    clock.advance(500);
    expect(clock.now()).toBe(1_500);
    clock.set(9_000);
    expect(clock.now()).toBe(9_000);
  });
});
