import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, permissionDenied, RpcError, unauthenticated } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connected, COUPON, issuing, numbersOf, oneTo, users } from "./support/issuing.ts";
import { ScriptedGate } from "./support/scripted-gate.ts";

const LONG = { timeoutMs: 60_000 };

describe("issue, when a batch fails", () => {
  it("throws what the service says, as a single call would", async () => {
    const { gate, client } = await issuing();
    const calls = Promise.allSettled([client.issue(COUPON, "ann"), client.issue(COUPON, "bob")]);
    (await gate.hears()).fail({ code: Code.NOT_FOUND, reason: "COUPON_NOT_FOUND", message: "no such coupon" });
    const failed = {
      status: "rejected",
      reason: { name: "RpcError", code: Code.NOT_FOUND, reason: "COUPON_NOT_FOUND", message: "no such coupon" },
    };
    expect(await calls).toMatchObject([failed, failed]);
  });

  it.each([Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED])(
    "asks again after code %i, within the deadline",
    async (code) => {
      const { gate, client } = await issuing();
      const call = client.issue(COUPON, "ann");
      (await gate.hears()).fail({ code, reason: "GATE_AWAY", message: "not now" });
      (await gate.hears()).fail({ code, reason: "GATE_AWAY", message: "not now", retryDelay: durationFromMs(20) });
      (await gate.hears()).accept();
      expect(await call).toMatchObject({ outcome: "ACCEPTED", issueNo: 1 });
      expect(gate.messages).toEqual([["ann"], ["ann"], ["ann"]]);
    },
  );

  it("sends those who were refused for now before those who came later", async () => {
    const { gate, client } = await issuing();
    const ann = client.issue(COUPON, "ann");
    const batch = await gate.hears();
    const bob = client.issue(COUPON, "bob");
    batch.fail({ code: Code.UNAVAILABLE, reason: "GATE_AWAY", message: "not now" });
    gate.answerAll();
    await Promise.all([ann, bob]);
    expect(gate.messages).toEqual([["ann"], ["ann", "bob"]]);
  });

  it("tells at once who cannot wait for another try, with the reason and when to come again", async () => {
    const { gate, client } = await connected();
    const failure = { code: Code.RESOURCE_EXHAUSTED, reason: "GATE_QUEUE_FULL", message: "full" };
    const short = Promise.allSettled([client.issue(COUPON, "ann", { timeoutMs: 900 })]);
    const long = client.issue(COUPON, "bob", LONG);
    (await gate.hears()).fail({ ...failure, retryDelay: durationFromMs(1_000) });
    expect(await short).toMatchObject([{ status: "rejected", reason: { ...failure, retryAfterMs: 1_000 } }]);
    (await gate.hears()).accept();
    expect(await long).toMatchObject({ issueNo: 2 });
    expect(gate.messages).toEqual([["first"], ["ann", "bob"], ["bob"]]);
  });
});

describe("issue, when a stream breaks", () => {
  it("asks again on a new one, and gets the same number", async () => {
    const { gate, client } = await issuing({ connections: 1 });
    const call = client.issue(COUPON, "ann");
    (await gate.hears()).acceptAndBreak();
    const again = await gate.hears();
    again.accept();
    expect(await call).toMatchObject({ issueNo: 1 });
    expect(again.stream).toBe(2);
  });

  it("goes on when the service ends it to stop", async () => {
    const { gate, client } = await issuing();
    const call = client.issue(COUPON, "ann");
    (await gate.hears()).endStream();
    (await gate.hears()).accept();
    expect(await call).toMatchObject({ issueNo: 1 });
  });

  it("takes the other stream meanwhile", async () => {
    const { gate, client } = await issuing({ connections: 2 });
    const calls = [client.issue("7", "ann"), client.issue("8", "bob")];
    const [first, second] = [await gate.hears(), await gate.hears()];
    first.acceptAndBreak();
    const again = await gate.hears();
    expect(new Set([first.stream, second.stream])).toEqual(new Set([1, 2]));
    second.accept();
    again.accept();
    await Promise.all(calls);
  });

  it("throws what will not pass by itself", async () => {
    const { gate, client } = await issuing();
    gate.refusal = unauthenticated("TOKEN_EXPIRED", "the token is too old");
    await expect(client.issue(COUPON, "ann")).rejects.toMatchObject({
      code: Code.UNAUTHENTICATED,
      reason: "TOKEN_EXPIRED",
    });
    expect(gate.singles).toEqual([]);
  });

  it("gives up a connection that answers nothing", async () => {
    const { gate, client } = await issuing({ answerTimeoutMs: 100 });
    const call = client.issue(COUPON, "ann");
    const [lost, again] = [await gate.hears(), await gate.hears()];
    again.accept();
    expect(await call).toMatchObject({ issueNo: 1 });
    expect(again.stream).not.toBe(lost.stream);
  });

  it("waits for a service that is away", async () => {
    const { gate, client } = await issuing();
    const calls = Promise.all(users(50).map((user) => client.issue(COUPON, user, LONG)));
    await gate.hears();
    await gate[Symbol.asyncDispose]();
    const next = await ScriptedGate.start({ port: gate.port });
    next.answerAll();
    expect(numbersOf(await calls)).toEqual(oneTo(50));
  });

  it("survives a service that closes its connections when they are old", async () => {
    const { gate, client } = await issuing({ limits: { maxConnectionAgeMs: 200, maxConnectionGraceMs: 200 } });
    gate.answerAll();
    // As long as it takes for some connections to come and go.
    for (let user = 1; gate.streams < 6; user += 1) {
      expect(await client.issue(COUPON, `user-${user}`)).toMatchObject({ outcome: "ACCEPTED" });
    }
    expect(gate.singles).toEqual([]);
  });

  it("opens a new one when its own is old, and leaves no batch behind", async () => {
    const { gate, client } = await issuing({ connections: 1 });
    const before = client.issue("7", "ann", { timeoutMs: 60 * 60_000 });
    const batch = await gate.hears();
    passTime(11 * 60_000);
    const after = client.issue("8", "bob", { deadline: Date.now() + 60_000 });
    const next = await gate.hears();
    expect([batch.stream, next.stream]).toEqual([1, 2]);
    batch.accept();
    next.accept();
    expect(await Promise.all([before, after])).toMatchObject([{ issueNo: 1 }, { issueNo: 2 }]);
  });
});

describe("issue, when the service does not end an old stream", () => {
  it("leaves it", async () => {
    const { gate, client } = await issuing({ connections: 1, answerTimeoutMs: 1_000 });
    gate.lingers = true;
    gate.answerAll();
    await client.issue(COUPON, "ann");
    passTime(11 * 60_000);
    await client.issue(COUPON, "bob");
    vi.useRealTimers();
    expect(gate.streams).toBeGreaterThan(1);
    await eventually(() => gate.openStreams === 1);
  });
});

describe("issue, when the service refuses the stream", () => {
  it.each([
    permissionDenied("ROLE_NOT_ALLOWED", "for services only"),
    new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "what is a stream?"),
  ])("asks call by call, and remembers it: $reason", async (refusal) => {
    const { gate, client } = await issuing({ refusal, connections: 1 });
    const answers = await Promise.all(users(30).map((user) => client.issue(COUPON, user)));
    expect(numbersOf(answers)).toEqual(oneTo(30));
    expect(await client.issue(COUPON, "ann")).toMatchObject({ outcome: "ACCEPTED", issueNo: 31 });
    expect(gate).toMatchObject({ streams: 1, messages: [] });
    expect(gate.singles.toSorted()).toEqual([...users(30), "ann"].toSorted());
  });

  it("tries the stream again after a while", async () => {
    const { gate, client } = await issuing({ refusal: permissionDenied("ROLE_NOT_ALLOWED", "for services only") });
    await client.issue(COUPON, "ann");
    gate.refusal = undefined;
    gate.answerAll();
    passTime(61_000);
    await client.issue(COUPON, "bob");
    expect(gate).toMatchObject({ singles: ["ann"], messages: [["bob"]] });
  });

  it("throws what single calls are refused with", async () => {
    const refusal = permissionDenied("ROLE_NOT_ALLOWED", "for services only");
    const { gate, client } = await issuing({ refusal });
    gate.singleFailures.push(permissionDenied("NOT_YOURS", "act for yourself"));
    await expect(client.issue(COUPON, "bob")).rejects.toMatchObject({
      code: Code.PERMISSION_DENIED,
      reason: "NOT_YOURS",
    });
  });
});

/** Moves the clock, not the timers. */
function passTime(ms: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: now + ms });
  onTestFinished(() => void vi.useRealTimers());
}
