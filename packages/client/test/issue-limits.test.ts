import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { connected, COUPON, issuing, users } from "./support/issuing.ts";

const TOO_LATE = { name: "RpcError", code: Code.DEADLINE_EXCEEDED, reason: "DEADLINE_EXCEEDED" };
const CLOSED = { name: "RpcError", code: Code.CANCELLED, reason: "CLIENT_CLOSED" };

describe("issue, with a deadline", () => {
  it("answers DEADLINE_EXCEEDED to one caller of a batch in flight, and the others as ever", async () => {
    const { gate, client } = await connected();
    const late = Promise.allSettled([client.issue(COUPON, "ann", { timeoutMs: 1_000 })]);
    const patient = client.issue(COUPON, "bob");
    const batch = await gate.hears();
    expect(batch.userIds).toEqual(["ann", "bob"]);
    expect(await late).toMatchObject([{ status: "rejected", reason: TOO_LATE }]);
    batch.accept();
    expect(await patient).toMatchObject({ outcome: "ACCEPTED", issueNo: 3 });
  });

  it("does not send those whose deadline passed while they waited", async () => {
    const { gate, client } = await issuing();
    const first = client.issue(COUPON, "ann");
    const batch = await gate.hears();
    const late = client.issue(COUPON, "bob", { deadline: Date.now() + 50 });
    const patient = client.issue(COUPON, "cyd");
    await expect(late).rejects.toMatchObject(TOO_LATE);
    gate.answerAll();
    batch.accept();
    await Promise.all([first, patient]);
    expect(gate.messages).toEqual([["ann"], ["cyd"]]);
  });

  it("takes the earlier of timeout and deadline, and sends nothing when it has passed", async () => {
    const { gate, client } = await issuing();
    gate.answerAll();
    const past = { timeoutMs: 10_000, deadline: Date.now() - 1 };
    await expect(client.issue(COUPON, "ann", past)).rejects.toMatchObject(TOO_LATE);
    await expect(client.issue(COUPON, "ann", { timeoutMs: 0 })).rejects.toMatchObject(TOO_LATE);
    await client.issue(COUPON, "bob");
    expect(gate.messages).toEqual([["bob"]]);
  });

  it("tells each of many callers at their own deadline, not before", async () => {
    const { client } = await issuing();
    const calls = [150, 50, 250].map(async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      await expect(client.issue(COUPON, `user-${timeoutMs}`, { deadline })).rejects.toMatchObject(TOO_LATE);
      return Date.now() - deadline;
    });
    for (const lateMs of await Promise.all(calls)) expect(lateMs).toBeGreaterThanOrEqual(0);
  });
});

describe("issue, with a signal", () => {
  it("gives up one caller", async () => {
    const { gate, client } = await issuing();
    const giveUp = new AbortController();
    const [ann, bob] = [client.issue(COUPON, "ann", { signal: giveUp.signal }), client.issue(COUPON, "bob")];
    const batch = await gate.hears();
    giveUp.abort();
    await expect(ann).rejects.toMatchObject({ code: Code.CANCELLED });
    batch.accept();
    expect(await bob).toMatchObject({ issueNo: 2 });
    await expect(client.issue(COUPON, "cyd", { signal: giveUp.signal })).rejects.toMatchObject({
      code: Code.CANCELLED,
    });
    expect(gate.messages).toEqual([["ann", "bob"]]);
  });
});

describe("issue, with too many callers", () => {
  it("turns away at once, says when to come again, and takes more when some are answered", async () => {
    const { gate, client } = await issuing({ maxWaiting: 100 });
    const waiting = users(100).map((user) => client.issue(COUPON, user));
    await expect(client.issue(COUPON, "ann")).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "CLIENT_QUEUE_FULL",
      retryAfterMs: expect.any(Number),
    });
    gate.answerAll();
    await Promise.all(waiting);
    expect(await client.issue(COUPON, "ann")).toMatchObject({ issueNo: 101 });
  });
});

describe("close", () => {
  it("answers CANCELLED to those in flight and those who wait, and to later ones", async () => {
    const { gate, client } = await issuing();
    const inFlight = client.issue(COUPON, "ann");
    await gate.hears();
    const calls = Promise.allSettled([inFlight, client.issue(COUPON, "bob"), client.issue("8", "cyd")]);
    client.close();
    const closed = { status: "rejected", reason: CLOSED };
    expect(await calls).toMatchObject([closed, closed, closed]);
    await expect(client.issue(COUPON, "dan")).rejects.toMatchObject(CLOSED);
    expect(gate.messages).toEqual([["ann"]]);
  });

  it("is final: nothing is opened by a client that never issued", async () => {
    const { gate, client } = await issuing();
    client.close();
    expect(() => client.issue(COUPON, "ann")).toThrow("closed");
    expect(gate.streams).toBe(0);
  });
});
