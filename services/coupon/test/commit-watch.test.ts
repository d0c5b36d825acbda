import { silentLogger } from "@firstcome/runtime";
import { describe, expect, it, vi } from "vitest";
import { CommitWatch } from "../src/watch/commit-watch.ts";

type Holders = (couponId: string, issueNos: readonly number[]) => Promise<ReadonlyMap<number, string>>;
const never = new AbortController().signal;

function heldBy(userId: string, issueNos: readonly number[]): ReadonlyMap<number, string> {
  return new Map(issueNos.map((no) => [no, userId]));
}

describe("CommitWatch", () => {
  it("asks once for all watchers of a coupon, and not at all without watchers", async () => {
    const holders = vi.fn<Holders>((_id, issueNos) => Promise.resolve(heldBy("kim", issueNos)));
    const watch = new CommitWatch({ holders, intervalMs: 1, maxWatchers: 10, log: silentLogger });

    await Promise.all([watch.committed("1", 1, never), watch.committed("1", 2, never), watch.committed("1", 2, never)]);

    expect(holders.mock.calls).toEqual([["1", [1, 2]]]);
    expect(watch.watchers).toBe(0);
  });

  it("looks again after a look that failed", async () => {
    const holders = vi.fn<Holders>(() => Promise.resolve(heldBy("kim", [1])));
    holders.mockRejectedValueOnce(new Error("away"));
    const watch = new CommitWatch({ holders, intervalMs: 1, maxWatchers: 10, log: silentLogger });

    expect(await watch.committed("1", 1, never)).toBe("kim");

    expect(holders).toHaveBeenCalledTimes(2);
  });

  it("asks for many numbers in parts", async () => {
    const holders = vi.fn<Holders>((_id, issueNos) => Promise.resolve(heldBy("kim", issueNos)));
    const watch = new CommitWatch({ holders, intervalMs: 1, maxWatchers: 10_000, log: silentLogger });

    await Promise.all(Array.from({ length: 2_500 }, (_, i) => watch.committed("1", i + 1, never)));

    expect(holders.mock.calls.map(([, issueNos]) => issueNos.length)).toEqual([1_000, 1_000, 500]);
  });
});
