import { deadlineExceeded, notFound, resourceExhausted, unavailable } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { askUntilAnswered } from "../src/load/ask-again.ts";

const SOON = () => ({ timeoutMs: 1_000, until: Date.now() + 30_000 });

/** Fails with each of these, then answers. */
function failing(...failures: unknown[]): () => Promise<string> {
  return async () => {
    if (failures.length > 0) throw failures.shift();
    return "answer";
  };
}

describe("askUntilAnswered", () => {
  it("asks again after what may pass, and tells of every failure", async () => {
    const heard: unknown[] = [];
    const ask = failing(
      unavailable("AWAY", "away", 1),
      deadlineExceeded("LATE", "late"),
      resourceExhausted("FULL", "full", 1),
    );
    const answer = await askUntilAnswered(ask, SOON(), ({ code, reason }, attempt) =>
      heard.push([attempt, code, reason]),
    );
    expect(answer).toBe("answer");
    expect(heard).toEqual([
      [0, "UNAVAILABLE", "AWAY"],
      [1, "DEADLINE_EXCEEDED", "LATE"],
      [2, "RESOURCE_EXHAUSTED", "FULL"],
    ]);
  });

  it("gives up at once on what no repetition changes", async () => {
    let asked = 0;
    const ask = async (): Promise<never> => {
      asked += 1;
      throw notFound("NOWHERE", "nowhere");
    };
    expect(await askUntilAnswered(ask, SOON(), () => undefined)).toBeUndefined();
    expect(asked).toBe(1);
  });

  it("gives up when the patience is over, and lets no attempt outlast it", async () => {
    const timeouts: number[] = [];
    const ask = async (_attempt: number, timeoutMs: number): Promise<never> => {
      timeouts.push(timeoutMs);
      throw unavailable("AWAY", "away", 1);
    };
    const until = Date.now() + 300;
    expect(await askUntilAnswered(ask, { timeoutMs: 1_000, until }, () => undefined)).toBeUndefined();
    expect(Math.max(...timeouts)).toBeLessThanOrEqual(300);
  });

  it("throws what is not an answer at all", async () => {
    const ask = failing(new TypeError("a mistake of the caller"));
    await expect(askUntilAnswered(ask, SOON(), () => undefined)).rejects.toThrow(TypeError);
  });
});
