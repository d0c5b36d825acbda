import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findKeys, privateServers } from "@firstcome/testkit";
import {
  connectRedis,
  CouponState,
  createKeys,
  Gate,
  GateDeadlineError,
  GateQueueFullError,
  GateUnavailableError,
} from "../src/index.ts";
import type { CouponTerms } from "../src/index.ts";
import { handedOff, openTerms, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

describe("Gate, when Redis has forgotten numbers that were told here", () => {
  it("decides nothing, for nobody, and hands nothing off", async () => {
    const { redis, keys, gate } = setUp;
    const { couponId, older } = await olderCoupon();

    expect(await gate.issue(couponId, "new")).toEqual({ outcome: "BEHIND" });
    expect(await gate.issueAll(couponId, ["new", "kim"], { mode: "grant" })).toEqual([
      { outcome: "BEHIND" },
      { outcome: "BEHIND" },
    ]);
    expect(await gate.find(couponId, "kim")).toBe("BEHIND");

    expect(await redis.hgetall(keys.coupon(couponId))).toEqual(older);
    expect((await handedOff(setUp, couponId)).flatMap(({ userIds }) => userIds)).toEqual(["kim", "lee", "park"]);
  });

  it("goes by what it knows once the coupon is loaded anew, by whomever, with fewer numbers", async () => {
    const { redis, keys, gate, state } = setUp;
    const { terms, couponId } = await olderCoupon();
    await redis.del(keys.handoff(keys.partitionOf(couponId)));

    await state.load(couponId, sourceOf(terms, [{ userId: "kim", issueNo: 1, acceptedAt: Date.now() }]), {
      rebuild: true,
    });

    expect(await gate.issue(couponId, "new")).toMatchObject({ outcome: "ACCEPTED", issueNo: 2 });
    expect(await gate.issue(couponId, "next")).toMatchObject({ outcome: "ACCEPTED", issueNo: 3 });
  });

  it("decides nothing either at a load that another had followed, however far its numbers have come", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms();
    const { couponId } = terms;
    await state.load(couponId, sourceOf(terms));
    await gate.issueAll(couponId, ["kim", "lee"]);
    const first = await redis.hgetall(keys.coupon(couponId));
    await redis.del(keys.coupon(couponId), `${keys.winners(couponId)}0`, keys.handoff(keys.partitionOf(couponId)));
    // Of two numbers only one is a row; the other is given anew.
    const kim = { userId: "kim", issueNo: 1, acceptedAt: Date.now() };
    await state.load(couponId, sourceOf(terms, [kim]));
    expect(await gate.issue(couponId, "park")).toMatchObject({ outcome: "ACCEPTED", issueNo: 2 });

    await redis.del(keys.coupon(couponId));
    await redis.hset(keys.coupon(couponId), first);

    expect(await gate.issue(couponId, "choi")).toEqual({ outcome: "BEHIND" });
    expect(await redis.hgetall(keys.coupon(couponId))).toEqual(first);
    const park = { userId: "park", issueNo: 2, acceptedAt: Date.now() };
    await state.load(couponId, sourceOf(terms, [kim, park]), { rebuild: true });
    expect(await gate.issue(couponId, "choi")).toMatchObject({ outcome: "ACCEPTED", issueNo: 3 });
  });

  /** Told here to three; Redis is back at one. */
  async function olderCoupon(): Promise<{ terms: CouponTerms; couponId: string; older: Record<string, string> }> {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms();
    const { couponId } = terms;
    await state.load(couponId, sourceOf(terms));
    await gate.issue(couponId, "kim");
    const older = await redis.hgetall(keys.coupon(couponId));
    await gate.issueAll(couponId, ["lee", "park"]);
    await redis.del(keys.coupon(couponId));
    await redis.hset(keys.coupon(couponId), older);
    await redis.hdel(`${keys.winners(couponId)}0`, "lee", "park");
    return { terms, couponId, older };
  }
});

describe("Gate", () => {
  it("gives 3 000 users that come at once the numbers 1 to 3 000, in the order in which they came", async () => {
    const { gate, state } = setUp;
    const terms = openTerms({ quantity: 3_000 });
    await state.load(terms.couponId, sourceOf(terms));
    const users = Array.from({ length: 3_000 }, (_, i) => `user-${i}`);
    const decisions = await Promise.all(users.map((user) => gate.issue(terms.couponId, user)));
    expect(
      decisions.map((decision) => (decision.outcome === "ACCEPTED" ? decision.issueNo : decision.outcome)),
    ).toEqual(users.map((_, i) => i + 1));
  });

  it("decides on all calls that wait for a partition in one go, and hands each coupon's winners off in one entry", async () => {
    const { redis, keys, state } = setUp;
    const batches: number[] = [];
    const gate = new Gate({ redis, keys, onBatch: (users) => batches.push(users) });
    const terms = openTerms({ quantity: 100 });
    await state.load(terms.couponId, sourceOf(terms));
    await Promise.all(Array.from({ length: 64 }, (_, i) => gate.issue(terms.couponId, `user-${i}`)));
    expect(batches).toEqual([64]);
    expect(await handedOff(setUp, terms.couponId)).toEqual([
      { firstNo: 1, userIds: Array.from({ length: 64 }, (_, i) => `user-${i}`) },
    ]);
  });

  it("keeps two coupons of one partition apart in one batch", async () => {
    const { redis, state } = setUp;
    const keys = createKeys({ prefix: `${setUp.keys.lease("x")}:`, partitions: 1 });
    const gate = new Gate({ redis, keys });
    const [one, two] = [openTerms({ quantity: 2 }), openTerms({ quantity: 1 })] as const;
    const own = new CouponState({ redis, keys });
    await Promise.all([one, two].map((terms) => own.load(terms.couponId, sourceOf(terms))));
    const answers = await Promise.all(
      ["a", "b", "c"].flatMap((user) => [gate.issue(one.couponId, user), gate.issue(two.couponId, user)]),
    );
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      "ACCEPTED",
      "ACCEPTED",
      "ACCEPTED",
      "SOLD_OUT",
      "SOLD_OUT",
      "SOLD_OUT",
    ]);
    expect(await state.read(one.couponId)).toBeUndefined();
  });

  it("tells a user who comes again when and with what number they won", async () => {
    const { gate, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const [won] = await gate.issueAll(terms.couponId, ["kim"]);
    const again = await Promise.all([1, 2, 3].map(() => gate.issue(terms.couponId, "kim")));
    expect(again).toEqual(again.map(() => ({ ...won, outcome: "ALREADY_ISSUED" })));
  });

  it("knows them too when a load has spread the winners over other buckets, whatever it and others remember", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms({ quantity: 20 });
    const { couponId } = terms;
    const users = Array.from({ length: 20 }, (_, i) => `user-${i + 1}`);
    await state.load(couponId, sourceOf(terms));
    await gate.issueAll(couponId, users.slice(0, 10));
    await state.retire(couponId);
    await state.load(couponId, sourceOf({ ...terms, quantity: 2_000 }));
    const fresh = new Gate({ redis, keys });

    const numbers = [...(await gate.issueAll(couponId, users)), ...(await fresh.issueAll(couponId, users))].map(
      (decision) => ("issueNo" in decision ? decision.issueNo : decision.outcome),
    );

    const once = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(numbers).toEqual([...once, ...once]);
    await fresh.close();
  });

  it("finds a winner without deciding anything, and nobody else", async () => {
    const { gate, state } = setUp;
    const terms = openTerms();
    expect(await gate.find(terms.couponId, "kim")).toBe("NOT_LOADED");
    await state.load(terms.couponId, sourceOf(terms));
    expect(await gate.find(terms.couponId, "kim")).toBe("NOT_WINNER");
    const won = await gate.issue(terms.couponId, "kim");

    expect(won).toEqual({ outcome: "ACCEPTED", ...Object(await gate.find(terms.couponId, "kim")) });
    expect(await gate.find(terms.couponId, "lee")).toBe("NOT_WINNER");
    expect(await handedOff(setUp, terms.couponId)).toEqual([{ firstNo: 1, userIds: ["kim"] }]);
  });

  it("says when a coupon opens", async () => {
    const { gate, state } = setUp;
    const opensAt = Date.now() + 3_600_000;
    const terms = openTerms({ opensAt });
    await state.load(terms.couponId, sourceOf(terms));
    expect(await gate.issue(terms.couponId, "kim")).toEqual({ outcome: "NOT_OPEN", opensAt });
  });

  it("leaves no bytes behind for 50 000 losers", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms({ quantity: 100 });
    await state.load(terms.couponId, sourceOf(terms));
    await gate.issueAll(
      terms.couponId,
      Array.from({ length: 100 }, (_, i) => `winner-${i}`),
    );
    const before = await memoryOf(terms.couponId);
    for (let i = 0; i < 50; i++) {
      const users = Array.from({ length: 1_000 }, (_, k) => `loser-${i * 1_000 + k}`);
      const decisions = await gate.issueAll(terms.couponId, users);
      expect(new Set(decisions.map(({ outcome }) => outcome))).toEqual(new Set(["SOLD_OUT"]));
    }
    expect(await memoryOf(terms.couponId)).toEqual(before);

    async function memoryOf(couponId: string): Promise<Record<string, number | null>> {
      const names = await findKeys(redis, `${keys.lease("").replace(/lease:$/, "")}*${couponId}*`);
      const sizes = await Promise.all(
        names.toSorted().map(async (name) => [name, await redis.memory("USAGE", name)] as const),
      );
      const stream = keys.handoff(keys.partitionOf(couponId));
      return Object.fromEntries([...sizes, [stream, await redis.xlen(stream)] as const]);
    }
  });

  it("does not send a caller whose deadline has passed", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const gate = new Gate({ redis, keys, now: () => 1_000 });
    const [late, timely] = await Promise.allSettled([
      gate.issue(terms.couponId, "late", 1_000),
      gate.issue(terms.couponId, "timely", 1_001),
    ]);
    expect(late).toMatchObject({ status: "rejected", reason: expect.any(GateDeadlineError) });
    expect(timely).toMatchObject({ status: "fulfilled", value: { outcome: "ACCEPTED", issueNo: 1 } });
    await expect(gate.issue(terms.couponId, "late", 999)).rejects.toThrow(GateDeadlineError);
    expect(await gate.issue(terms.couponId, "next")).toMatchObject({ issueNo: 2 });
  });

  it("keeps nobody beyond their deadline while Redis hangs, be they sent or not, and goes on when it answers", async () => {
    const servers = await privateServers("redis");
    const redis = await connectRedis({ url: servers.redis.url, name: "test", commandTimeoutMs: 120_000 });
    const keys = createKeys();
    let time = 0;
    const gate = new Gate({ redis, keys, maxWaiting: 3, now: () => time });
    const terms = openTerms();
    await new CouponState({ redis, keys }).load(terms.couponId, sourceOf(terms));
    expect(await gate.issue(terms.couponId, "before")).toMatchObject({ issueNo: 1 });
    await servers.redis.freeze();

    const patient = gate.issue(terms.couponId, "patient");
    const sent = gate.issue(terms.couponId, "sent", 1);
    await setImmediate();
    const next = gate.issue(terms.couponId, "next");
    const waiting = gate.issueAll(terms.couponId, ["waiting", "too"], { deadline: 1 });
    await expect(gate.issue(terms.couponId, "one too many")).rejects.toThrow(GateQueueFullError);
    time = 1;
    await expect(sent).rejects.toThrow(GateUnavailableError);
    await expect(waiting).rejects.toThrow(GateDeadlineError);
    // Their room is another's.
    const others = gate.issueAll(terms.couponId, ["other", "another"]);

    await servers.redis.thaw();
    expect(await patient).toMatchObject({ issueNo: 2 });
    expect(await next).toMatchObject({ outcome: "ACCEPTED" });
    expect(await others).toMatchObject([{ outcome: "ACCEPTED" }, { outcome: "ACCEPTED" }]);
    expect(await gate.find(terms.couponId, "waiting")).toBe("NOT_WINNER");
    redis.disconnect();
  });

  it("turns callers away when too many wait, and says when to come again", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const gate = new Gate({ redis, keys, maxWaiting: 2 });
    const calls = await Promise.allSettled(["a", "b", "c"].map((user) => gate.issue(terms.couponId, user)));
    expect(calls.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(calls[2]).toMatchObject({ reason: expect.any(GateQueueFullError) });
    expect((calls[2] as { reason: GateQueueFullError }).reason.retryAfterMs).toBeGreaterThan(0);
  });

  it("fails at once while Redis is away, and goes on when it is back", async () => {
    const servers = await privateServers("redis");
    const redis = await connectRedis({ url: servers.redis.url, name: "test" });
    const keys = createKeys();
    const gate = new Gate({ redis, keys });
    const terms = openTerms();
    await new CouponState({ redis, keys }).load(terms.couponId, sourceOf(terms));
    expect(await gate.issue(terms.couponId, "before")).toMatchObject({ issueNo: 1 });

    await servers.redis.kill();
    await expect(gate.issue(terms.couponId, "during")).rejects.toThrow(GateUnavailableError);
    const back = new Promise((resolve) => redis.once("ready", resolve));
    await servers.redis.start();
    await back;
    expect(await gate.issue(terms.couponId, "after")).toMatchObject({ issueNo: 2 });
    expect(await gate.issue(terms.couponId, "before")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
    redis.disconnect();
  });

  it("holds the answers until as many replicas have them as asked for", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const gate = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: 20 });
    // There is no replica, so nobody is told that they have won; they have, and are told so as soon as one has it.
    await expect(gate.issue(terms.couponId, "kim")).rejects.toThrow(GateUnavailableError);
    expect(await setUp.gate.issue(terms.couponId, "kim")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
  });
});
