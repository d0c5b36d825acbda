import { silentLogger } from "@firstcome/runtime";
import { describe, expect, it, vi } from "vitest";
import { CommitWatch } from "../src/watch/commit-watch.ts";

type Committed = (couponId: string, issueNos: readonly number[]) => Promise<Set<number>>;
const never = new AbortController().signal;

describe("CommitWatch", () => {
  it("asks once for all watchers of a coupon, and not at all without watchers", async () => {
    const committed = vi.fn<Committed>((_id, issueNos) => Promise.resolve(new Set(issueNos)));
    const watch = new CommitWatch({ committed, intervalMs: 1, maxWatchers: 10, log: silentLogger });

    await Promise.all([watch.committed("1", 1, never), watch.committed("1", 2, never), watch.committed("1", 2, never)]);

    expect(committed.mock.calls).toEqual([["1", [1, 2]]]);
    expect(watch.watchers).toBe(0);
  });

  it("looks again after a look that failed", async () => {
    const committed = vi.fn<Committed>(() => Promise.resolve(new Set([1])));
    committed.mockRejectedValueOnce(new Error("away"));
    const watch = new CommitWatch({ committed, intervalMs: 1, maxWatchers: 10, log: silentLogger });

    await watch.committed("1", 1, never);

    expect(committed).toHaveBeenCalledTimes(2);
  });

  it("asks for many numbers in parts", async () => {
    const committed = vi.fn<Committed>((_id, issueNos) => Promise.resolve(new Set(issueNos)));
    const watch = new CommitWatch({ committed, intervalMs: 1, maxWatchers: 10_000, log: silentLogger });

    await Promise.all(Array.from({ length: 2_500 }, (_, i) => watch.committed("1", i + 1, never)));

    expect(committed.mock.calls.map(([, issueNos]) => issueNos.length)).toEqual([1_000, 1_000, 500]);
  });
});
