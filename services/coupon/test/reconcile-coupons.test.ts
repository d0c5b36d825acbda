import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Handoff } from "@firstcome/redis";
import { beforeEach, describe, expect, it } from "vitest";
import { Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { issueInBatches, type Told, users } from "./support/issue-many.ts";
import { startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, coupons, db, redis, keys } = service;
const { app } = service.service;
const handoff = new Handoff({ redis, keys, consumer: "reconcile-test" });
const NOW = Date.UTC(2026, 0, 2);

interface Alarms {
  handedOffAgain: number;
  beyondRecovery: number;
  behind: number;
}

let alarms: Alarms;
let reconciler: Reconciler;
beforeEach(() => {
  alarms = { handedOffAgain: 0, beyondRecovery: 0, behind: 0 };
  reconciler = new Reconciler({
    ...app,
    onLost: {
      handedOffAgain: (numbers) => (alarms.handedOffAgain += numbers),
      beyondRecovery: (numbers) => (alarms.beyondRecovery += numbers),
    },
    onGateBehind: () => (alarms.behind += 1),
  });
});

/** A number is looked for when the pass before has seen that it was given. */
async function twoPasses(): Promise<void> {
  await reconciler.runOnce(NOW);
  await reconciler.runOnce(NOW);
}

interface Entry {
  id: string;
  users: string[];
  firstNo: number;
}

/** What of a coupon is on its way. */
async function onItsWay(couponId: string): Promise<Entry[]> {
  const entries = await redis.xrange(keys.handoff(keys.partitionOf(couponId)), "-", "+");
  return entries.flatMap(([id, fields]) => {
    const [, c, , n, , , , u = ""] = fields;
    return c === couponId ? [{ id, users: u.split(" "), firstNo: Number(n) }] : [];
  });
}

async function deleteFromHandoff(couponId: string): Promise<void> {
  const ids = (await onItsWay(couponId)).map(({ id }) => id);
  await redis.xdel(keys.handoff(keys.partitionOf(couponId)), ...ids);
}

async function bury(couponId: string, reason = "BAD_ROW"): Promise<void> {
  for (const { id, users: userIds, firstNo } of await onItsWay(couponId)) {
    const issueNos = userIds.map((_, i) => firstNo + i);
    const dead = [{ userIds, issueNos, reason, attempts: 1 }];
    await handoff.settle(keys.partitionOf(couponId), [{ entryId: id, dead }]);
  }
}

async function completedNo(couponId: string): Promise<number | undefined> {
  const pages = await Array.fromAsync(app.standings.standings());
  return pages.flat().find(({ id }) => id === couponId)?.completedNo;
}

const inOrder = (told: readonly Told[]): string[] =>
  told.toSorted((a, b) => a.issueNo - b.issueNo).map(({ userId }) => userId);

describe("the reconcile job", () => {
  it("hands off again, once, what is neither a row nor on its way, with the numbers and times that were told", async () => {
    const couponId = await createCoupon(admin, { quantity: 3_000 });
    const told = await issueInBatches(service, couponId, users(2_500));
    const [first, ...rest] = inOrder(told);
    await commitRows(db, couponId, [first ?? ""]);
    const before = await coupons.getUserCoupon({ couponId, userId: rest[0] ?? "" });
    await deleteFromHandoff(couponId);

    await twoPasses();
    await reconciler.runOnce(NOW);

    const entries = await onItsWay(couponId);
    expect(alarms).toEqual({ handedOffAgain: 2_499, beyondRecovery: 0, behind: 0 });
    expect(entries.flatMap((entry) => entry.users)).toEqual(rest);
    for (const entry of entries) expect(entry.firstNo).toBe(rest.indexOf(entry.users[0] ?? "") + 2);
    expect(await coupons.getUserCoupon({ couponId, userId: rest[0] ?? "" })).toEqual(before);
  });

  it("leaves alone what is written, on its way, a dead letter, or discarded", async () => {
    const [written, underWay, dead, discarded] = await Promise.all([1, 2, 3, 4].map(() => createCoupon(admin)));
    for (const couponId of [written, underWay, dead, discarded] as string[]) {
      await issueInBatches(service, couponId, users(3));
    }
    await commitRows(db, written as string, users(3));
    await deleteFromHandoff(written as string);
    await bury(dead as string);
    await bury(discarded as string, "NEVER_MIND");
    for (const { id, reason } of (await handoff.deadLetters.list({ limit: 100 })).letters) {
      if (reason === "NEVER_MIND") await handoff.deadLetters.discard(id);
    }

    await twoPasses();

    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 0, behind: 0 });
    expect(await onItsWay(discarded as string)).toEqual([]);
    expect(await onItsWay(underWay as string)).toHaveLength(1);
  });

  it("does not look for what was given since the pass before", async () => {
    const couponId = await createCoupon(admin);
    await issueInBatches(service, couponId, users(3));
    await deleteFromHandoff(couponId);

    await reconciler.runOnce(NOW);

    expect(alarms.handedOffAgain).toBe(0);
  });

  it("writes again what a database that came back with older data has forgotten", async () => {
    const couponId = await createCoupon(admin, { quantity: 100 });
    const told = await issueInBatches(service, couponId, users(100));
    await commitRows(db, couponId, inOrder(told));
    await deleteFromHandoff(couponId);
    await reconciler.runOnce(NOW);

    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ? AND issue_no > 60", [couponId]);
    await reconciler.runOnce(NOW);

    expect((await onItsWay(couponId)).flatMap((entry) => entry.users)).toEqual(inOrder(told).slice(60));
  });

  it("tells once of numbers whose winners nobody knows", async () => {
    const couponId = await createCoupon(admin);
    const told = await issueInBatches(service, couponId, users(4));
    await commitRows(db, couponId, inOrder(told).slice(3), { firstNo: 4 });
    await deleteFromHandoff(couponId);
    await forgetCoupon(redis, keys, couponId);
    await coupons.issueCoupon({ couponId, userId: "next" });

    await twoPasses();
    await reconciler.runOnce(NOW);

    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 3, behind: 0 });
    expect(await coupons.issueCoupon({ couponId, userId: "next" })).toMatchObject({ issueNo: 5 });
  });

  it("rebuilds a gate that knows fewer numbers than there are rows before it gives one twice", async () => {
    const couponId = await createCoupon(admin, { quantity: 10 });
    await issueInBatches(service, couponId, users(2));
    const snapshot = await redis.hgetall(keys.coupon(couponId));
    const told = await issueInBatches(service, couponId, users(5));
    await commitRows(db, couponId, inOrder(told));
    await deleteFromHandoff(couponId);
    // As of an older backup: two winners.
    await forgetCoupon(redis, keys, couponId);
    await redis.hset(keys.coupon(couponId), snapshot);

    await reconciler.runOnce(NOW);

    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 0, behind: 1 });
    for (const { userId, issueNo } of told) {
      const again = await coupons.issueCoupon({ couponId, userId });
      expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo });
    }
    expect(await coupons.issueCoupon({ couponId, userId: "next" })).toMatchObject({ issueNo: 6 });
    await reconciler.runOnce(NOW);
    expect(alarms.behind).toBe(1);
  });

  it("rebuilds also the gate of a coupon that was over, so that its winners keep their answer", async () => {
    const couponId = await createCoupon(admin, { quantity: 3 });
    const snapshot = await redis.hgetall(keys.coupon(couponId));
    await issueInBatches(service, couponId, users(1));
    await commitRows(db, couponId, users(1));
    await deleteFromHandoff(couponId);
    await admin.finishCoupon({ couponId });
    await twoPasses();
    expect(await completedNo(couponId)).toBe(1);
    await forgetCoupon(redis, keys, couponId);
    await redis.hset(keys.coupon(couponId), {
      ...snapshot,
      status: "PUBLISHABLE",
      quantity: 3,
      next_no: 1,
      version: 1,
    });
    await redis.hset(keys.coupon(couponId), { opens_at: 0, closes_at: "", base: 0, buckets: 1, last_at: 0 });

    await reconciler.runOnce(NOW);

    expect(await coupons.issueCoupon({ couponId, userId: users(1)[0] ?? "" })).toMatchObject({
      outcome: IssueOutcome.ALREADY_ISSUED,
      issueNo: 1,
    });
  });

  it("notes that a finished coupon is complete when nothing of it is open, not before", async () => {
    const couponId = await createCoupon(admin);
    const told = await issueInBatches(service, couponId, users(4));
    await commitRows(db, couponId, inOrder(told).slice(0, 3));
    await twoPasses();
    expect(await completedNo(couponId)).toBeUndefined();
    await admin.finishCoupon({ couponId });
    await twoPasses();
    expect(await completedNo(couponId)).toBeUndefined();

    await commitRows(db, couponId, inOrder(told).slice(3), { firstNo: 4 });
    await reconciler.runOnce(NOW);

    expect(await completedNo(couponId)).toBe(4);
    const forgotten = (await Array.fromAsync(app.standings.completedBy(NOW))).flat();
    expect(forgotten).toContain(couponId);
  });

  it("does not keep the other coupons from theirs when one fails", async () => {
    const [broken, couponId] = [await createCoupon(admin), await createCoupon(admin)];
    for (const id of [broken, couponId]) {
      await issueInBatches(service, id, users(2));
      await deleteFromHandoff(id);
    }
    const unwritten = {
      find: (id: string, range: { after: number; upTo: number }) =>
        id === broken ? Promise.reject(new Error("broken")) : app.unwritten.find(id, range),
    };
    reconciler = new Reconciler({ ...app, unwritten });

    await twoPasses();

    expect(await onItsWay(broken)).toEqual([]);
    expect(await onItsWay(couponId)).toHaveLength(1);
  });
});
