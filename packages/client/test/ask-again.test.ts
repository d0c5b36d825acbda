import { deadlineExceeded, notFound, resourceExhausted, type RpcError, unavailable } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { askAgain } from "../src/index.ts";

/** Fails with each of these, then answers. */
function failing(...failures: unknown[]): () => Promise<string> {
  return async () => {
    if (failures.length > 0) throw failures.shift();
    return "answer";
  };
}

describe("askAgain", () => {
  it("asks again after what may pass, and tells of every failure", async () => {
    const heard: unknown[] = [];
    const onFailure = ({ reason }: RpcError, attempt: number): number => heard.push([attempt, reason]);
    const ask = failing(
      unavailable("AWAY", "away", 1),
      deadlineExceeded("LATE", "late"),
      resourceExhausted("FULL", "full", 1),
    );
    expect(await askAgain(ask, { onFailure })).toBe("answer");
    expect(heard).toEqual([
      [0, "AWAY"],
      [1, "LATE"],
      [2, "FULL"],
    ]);
  });

  it("tells each attempt how many came before", async () => {
    const attempts: number[] = [];
    await askAgain(async (attempt) => {
      attempts.push(attempt);
      if (attempt < 2) throw unavailable("AWAY", "away", 1);
    });
    expect(attempts).toEqual([0, 1, 2]);
  });

  it("throws at once what no repetition changes", async () => {
    let asked = 0;
    const ask = async (): Promise<never> => {
      asked += 1;
      throw notFound("NOWHERE", "nowhere");
    };
    await expect(askAgain(ask)).rejects.toMatchObject({ reason: "NOWHERE" });
    expect(asked).toBe(1);
  });

  it("throws the last failure when the patience is over, and says how much of it is left", async () => {
    const left: number[] = [];
    const ask = async (_attempt: number, leftMs: number): Promise<never> => {
      left.push(leftMs);
      throw unavailable("AWAY", `away ${left.length}`, 1);
    };
    const asked = askAgain(ask, { patienceMs: 300 });
    await expect(asked).rejects.toMatchObject({ reason: "AWAY" });
    await expect(asked).rejects.toThrow(`away ${left.length}`);
    expect(left[0]).toBeLessThanOrEqual(300);
    expect(left).toEqual(left.toSorted((one, other) => other - one));
  });

  it("waits for as long as it is asked to", async () => {
    const startedAt = performance.now();
    await askAgain(failing(resourceExhausted("FULL", "full", 100)));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
  });

  it("throws what is no answer of a service at all", async () => {
    await expect(askAgain(failing(new TypeError("a mistake of the caller")))).rejects.toThrow(TypeError);
  });
});
