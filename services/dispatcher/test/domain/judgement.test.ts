import { describe, expect, it } from "vitest";
import { judge, judgeAll } from "../../src/domain/judgement.ts";

const items = { userIds: ["a", "b", "c", "d"], issueNos: [1, 2, 3, 4], failures: [0, 1, 2, 0] };
const none = { userIds: [], issueNos: [], failures: [] };

describe("judge", () => {
  it("takes items that no failure names as committed", () => {
    const judgement = judge(items, [{ kind: "retriable", userIds: ["b"], reason: "BUSY" }], 10);
    expect(judgement).toEqual({
      committed: 3,
      remaining: { userIds: ["b"], issueNos: [2], failures: [2] },
      dead: [],
      failed: true,
      delayMs: undefined,
    });
  });

  it("gives a failure without names the items that no other names", () => {
    const failures = [
      { kind: "fatal", userIds: ["c"], reason: "BAD_ROW" },
      { kind: "released", userIds: [], reason: "" },
    ] as const;
    expect(judge(items, failures, 10)).toEqual({
      committed: 0,
      remaining: { userIds: ["a", "b", "d"], issueNos: [1, 2, 4], failures: [0, 1, 0] },
      dead: [{ userIds: ["c"], issueNos: [3], reason: "BAD_ROW", attempts: 3 }],
      failed: false,
      delayMs: undefined,
    });
  });

  it("goes by the first failure that names an item, and by the longest delay", () => {
    const failures = [
      { kind: "retriable", userIds: ["a"], reason: "SLOW", delayMs: 50 },
      { kind: "fatal", userIds: ["a"], reason: "BAD_ROW" },
      { kind: "retriable", userIds: ["b"], reason: "SLOWER", delayMs: 70 },
    ] as const;
    expect(judge(items, failures, 10)).toMatchObject({ remaining: { userIds: ["a", "b"] }, dead: [], delayMs: 70 });
  });

  it("buries the items that fail for the last time, by reason and attempts, and keeps the others", () => {
    expect(judge(items, [{ kind: "retriable", userIds: [], reason: "BUSY" }], 2)).toEqual({
      committed: 0,
      remaining: { userIds: ["a", "d"], issueNos: [1, 4], failures: [1, 1] },
      dead: [
        { userIds: ["b"], issueNos: [2], reason: "BUSY", attempts: 2 },
        { userIds: ["c"], issueNos: [3], reason: "BUSY", attempts: 3 },
      ],
      failed: true,
      delayMs: undefined,
    });
  });

  it("does not believe a worker that names items which are not there", () => {
    expect(judge(items, [{ kind: "fatal", userIds: ["x"], reason: "BAD_ROW" }], 10)).toBeUndefined();
  });
});

describe("judgeAll", () => {
  it("counts one failure against every item", () => {
    const { userIds, issueNos } = items;
    expect(judgeAll(items, "WORKER_LOST", 10)).toEqual({
      committed: 0,
      remaining: { userIds, issueNos, failures: [1, 2, 3, 1] },
      dead: [],
      failed: true,
      delayMs: undefined,
    });
    expect(judgeAll(items, "WORKER_LOST", 1)).toMatchObject({ remaining: none });
  });
});
