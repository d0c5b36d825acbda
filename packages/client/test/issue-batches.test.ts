import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { COUPON, issuing, numbersOf, oneTo, users } from "./support/issuing.ts";
import { DECIDED_AT } from "./support/scripted-gate.ts";

describe("issue", () => {
  it("sends the calls of one turn as one message, in their order", async () => {
    const { gate, client } = await issuing();
    const answers = Promise.all(["ann", "bob", "cyd"].map((user) => client.issue(COUPON, user)));
    const batch = await gate.hears();
    batch.accept();
    expect(await answers).toEqual(
      oneTo(3).map((issueNo) => ({ outcome: "ACCEPTED", issueNo, acceptedAt: DECIDED_AT })),
    );
    expect(batch).toMatchObject({ couponId: COUPON, userIds: ["ann", "bob", "cyd"] });
    expect(gate.messages).toHaveLength(1);
  });

  it("gathers what comes while a batch of that coupon is in flight", async () => {
    const { gate, client } = await issuing();
    const first = client.issue(COUPON, "ann");
    const batch = await gate.hears();
    const bob = client.issue(COUPON, "bob");
    // Another coupon's batch does not wait, and passes after the turn in which "bob" was asked for.
    const other = client.issue("8", "eve");
    (await gate.hears()).accept();
    await other;
    const cyd = client.issue(COUPON, "cyd");
    batch.accept();
    await first;
    (await gate.hears()).accept();
    await Promise.all([bob, cyd]);
    expect(gate.messages).toEqual([["ann"], ["eve"], ["bob", "cyd"]]);
  });

  it("sends one coupon per message, whose answers may come in any order", async () => {
    const { gate, client } = await issuing({ connections: 1 });
    const seven = client.issue("7", "ann");
    const eight = client.issue("8", "ann");
    const batches = [await gate.hears(), await gate.hears()];
    expect(batches.map(({ couponId, stream }) => [couponId, stream])).toEqual([
      ["7", 1],
      ["8", 1],
    ]);
    batches[1]?.answer({ outcomes: [IssueOutcome.SOLD_OUT], issueNos: [0] });
    expect(await eight).toEqual({ outcome: "SOLD_OUT" });
    batches[0]?.answer({ outcomes: [IssueOutcome.PAUSED], issueNos: [0] });
    expect(await seven).toEqual({ outcome: "PAUSED" });
  });

  it("takes far fewer messages than users, none of more than 1 000", async () => {
    const { gate, client } = await issuing();
    gate.answerAll();
    const answers = await Promise.all(users(3_000).map((user) => client.issue(COUPON, user)));
    expect(numbersOf(answers)).toEqual(oneTo(3_000));
    expect(gate.messages.map(({ length }) => length)).toEqual([1_000, 1_000, 1_000]);
    expect(gate.streams).toBe(2);
  });

  it("keeps its streams from one batch to the next", async () => {
    const { gate, client } = await issuing({ connections: 1 });
    gate.answerAll();
    for (const user of users(20)) await client.issue(COUPON, user);
    expect(gate).toMatchObject({ streams: 1, singles: [] });
    expect(gate.messages).toHaveLength(20);
  });

  it("gives every outcome to its caller, from the columns", async () => {
    const { gate, client } = await issuing();
    const answers = Promise.all(users(6).map((user) => client.issue(COUPON, user)));
    (await gate.hears()).answer({
      outcomes: [
        IssueOutcome.ACCEPTED,
        IssueOutcome.ALREADY_ISSUED,
        IssueOutcome.NOT_OPEN,
        IssueOutcome.SOLD_OUT,
        IssueOutcome.PAUSED,
        IssueOutcome.FINISHED,
      ],
      issueNos: [5, 2, 0, 0, 0, 0],
      decidedAt: timestampFromMs(DECIDED_AT),
      acceptedMsBefore: [0n, 1_500n, 0n, 0n, 0n, 0n],
      opensAt: timestampFromMs(DECIDED_AT + 60_000),
    });
    expect(await answers).toEqual([
      { outcome: "ACCEPTED", issueNo: 5, acceptedAt: DECIDED_AT },
      { outcome: "ALREADY_ISSUED", issueNo: 2, acceptedAt: DECIDED_AT - 1_500 },
      { outcome: "NOT_OPEN", opensAt: DECIDED_AT + 60_000 },
      { outcome: "SOLD_OUT" },
      { outcome: "PAUSED" },
      { outcome: "FINISHED" },
    ]);
  });

  it("fails bad ids alone, unsent", async () => {
    const { gate, client } = await issuing();
    gate.answerAll();
    const reason = { code: Code.INVALID_ARGUMENT, violations: [{ field: "user_id", rule: "string.pattern" }] };
    const bad = { status: "rejected", reason };
    const notText = 5 as unknown as string;
    const calls = ["ann", "", "b b", "x".repeat(65), notText, "bob"].map((user) => client.issue(COUPON, user));
    const [ann, bob] = [{ value: { issueNo: 1 } }, { value: { issueNo: 2 } }];
    expect(await Promise.allSettled(calls)).toMatchObject([ann, bad, bad, bad, bad, bob]);
    expect(gate.messages).toEqual([["ann", "bob"]]);
  });

  it.each(["", "0", "-1", "seven", "9223372036854775808"])("fails coupon id %j alone", async (couponId) => {
    const { client } = await issuing();
    await expect(client.issue(couponId, "ann")).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "coupon_id", rule: "int64.gt" }],
    });
  });

  it("fails a batch whose answer breaks the contract", async () => {
    const { gate, client } = await issuing();
    const calls = Promise.allSettled([client.issue(COUPON, "ann"), client.issue(COUPON, "bob")]);
    (await gate.hears()).answer({ outcomes: [IssueOutcome.SOLD_OUT], issueNos: [0] });
    const failed = { status: "rejected", reason: { code: Code.INTERNAL, reason: "MALFORMED_ANSWER" } };
    expect(await calls).toMatchObject([failed, failed]);
  });
});
