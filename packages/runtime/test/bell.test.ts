import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Bell } from "../src/index.ts";

describe("Bell", () => {
  it("wakes all who wait, once", async () => {
    const bell = new Bell();
    const { signal } = new AbortController();
    const woken: string[] = [];
    const waiting = ["one", "two"].map((name) => bell.next(signal).then(() => woken.push(name)));
    bell.ring();
    await Promise.all(waiting);
    bell.ring();
    expect(woken).toEqual(["one", "two"]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("lets go of who does not wait any longer", async () => {
    const bell = new Bell();
    const leaving = new AbortController();
    const waiting = bell.next(leaving.signal);
    leaving.abort();
    await waiting;
    await bell.next(leaving.signal);
    expect(getEventListeners(leaving.signal, "abort")).toEqual([]);
  });
});
