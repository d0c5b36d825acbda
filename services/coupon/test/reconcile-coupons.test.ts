import { IssueOutcome } from "@firstcome/contracts/coupon";
import { beforeEach, describe, expect, it } from "vitest";
import { Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { bury, deleteFromHandoff, discard, onItsWay } from "./support/hand-off.ts";
import { issueInBatches, type Told, users } from "./support/issue-many.ts";
import { startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, coupons, db, redis, keys } = service;
const { app } = service.service;
const stores = { redis, keys };
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

async function completedNo(couponId: string): Promise<number | undefined> {
  const pages = await Array.fromAsync(app.standings.standings());
  return pages.flat().find(({ id }) => id === couponId)?.completed?.no;
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
    await deleteFromHandoff(stores, couponId);

    await twoPasses();
    await reconciler.runOnce(NOW);

    const entries = await onItsWay(stores, couponId);
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
    await deleteFromHandoff(stores, written as string);
    await bury(stores, dead as string);
    await bury(stores, discarded as string);
    await discard(stores, discarded as string);

    await twoPasses();

    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 0, behind: 0 });
    expect(await onItsWay(stores, discarded as string)).toEqual([]);
    expect(await onItsWay(stores, underWay as string)).toHaveLength(1);
  });

  it("hands off again a number that another's discarded letter names, for the one whose row it was", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    await commitRows(db, couponId, ["kim"]);
    await deleteFromHandoff(stores, couponId);
    // The same number again, by a gate that had forgotten: kim has the row, so lee's is a conflict.
    await redis.hset(keys.coupon(couponId), "next_no", 1);
    await coupons.issueCoupon({ couponId, userId: "lee" });
    await bury(stores, couponId, "NUMBER_CONFLICT");
    await discard(stores, couponId);
    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ?", [couponId]);

    await twoPasses();

    expect(await onItsWay(stores, couponId)).toMatchObject([{ users: ["kim"], firstNo: 1 }]);
    expect(alarms).toEqual({ handedOffAgain: 1, beyondRecovery: 0, behind: 0 });
  });

  it("does not look for what was given since the pass before", async () => {
    const couponId = await createCoupon(admin);
    await issueInBatches(service, couponId, users(3));
    await deleteFromHandoff(stores, couponId);

    await reconciler.runOnce(NOW);

    expect(alarms.handedOffAgain).toBe(0);
  });

  it("writes again what a database that came back with older data has forgotten", async () => {
    const couponId = await createCoupon(admin, { quantity: 100 });
    const told = await issueInBatches(service, couponId, users(100));
    await commitRows(db, couponId, inOrder(told));
    await deleteFromHandoff(stores, couponId);
    await reconciler.runOnce(NOW);

    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ? AND issue_no > 60", [couponId]);
    await reconciler.runOnce(NOW);

    expect((await onItsWay(stores, couponId)).flatMap((entry) => entry.users)).toEqual(inOrder(told).slice(60));
  });

  it("tells once of numbers whose winners nobody knows", async () => {
    const couponId = await createCoupon(admin);
    const told = await issueInBatches(service, couponId, users(4));
    await commitRows(db, couponId, inOrder(told).slice(3), { firstNo: 4 });
    await deleteFromHandoff(stores, couponId);
    await forgetCoupon(redis, keys, couponId);
    await coupons.issueCoupon({ couponId, userId: "next" });

    await twoPasses();
    await reconciler.runOnce(NOW);
    // And so does the next holder of the job.
    reconciler = new Reconciler({
      ...app,
      onLost: { ...app.onLost, beyondRecovery: () => (alarms.beyondRecovery += 100) },
    });
    await twoPasses();

    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 3, behind: 0 });
    expect(await coupons.issueCoupon({ couponId, userId: "next" })).toMatchObject({ issueNo: 5 });
  });

  it("gives up no number that a rebuilt gate gives anew, and hands it off again should it get lost", async () => {
    const couponId = await createCoupon(admin, { quantity: 10 });
    const told = await issueInBatches(service, couponId, users(5));
    await commitRows(db, couponId, inOrder(told).slice(0, 3));
    await reconciler.runOnce(NOW);
    await deleteFromHandoff(stores, couponId);
    await forgetCoupon(redis, keys, couponId);
    expect(await admin.getCoupon({ couponId })).toMatchObject({ accepted: 3 });
    await twoPasses();
    expect(alarms).toEqual({ handedOffAgain: 0, beyondRecovery: 0, behind: 0 });

    await issueInBatches(service, couponId, ["kim", "lee"]);
    await deleteFromHandoff(stores, couponId);
    await twoPasses();

    expect(await onItsWay(stores, couponId)).toMatchObject([{ users: ["kim", "lee"], firstNo: 4 }]);
  });

  it("rebuilds a gate that knows fewer numbers than there are rows before it gives one twice", async () => {
    const couponId = await createCoupon(admin, { quantity: 10 });
    await issueInBatches(service, couponId, users(2));
    const snapshot = await redis.hgetall(keys.coupon(couponId));
    const told = await issueInBatches(service, couponId, users(5));
    await commitRows(db, couponId, inOrder(told));
    await deleteFromHandoff(stores, couponId);
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
    await deleteFromHandoff(stores, couponId);
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

    expect(await redis.hmget(keys.coupon(couponId), "status", "next_no")).toEqual(["FINISHED", "2"]);
    expect(await coupons.issueCoupon({ couponId, userId: users(1)[0] ?? "" })).toMatchObject({
      outcome: IssueOutcome.ALREADY_ISSUED,
      issueNo: 1,
    });
  });

  it("leaves a gate alone that was loaded without the last numbers of a complete coupon, since these were given up", async () => {
    const couponId = await createCoupon(admin);
    const told = await issueInBatches(service, couponId, users(2));
    await commitRows(db, couponId, inOrder(told).slice(0, 1));
    await bury(stores, couponId);
    await discard(stores, couponId);
    await admin.finishCoupon({ couponId });
    await twoPasses();
    expect(await completedNo(couponId)).toBe(2);
    await forgetCoupon(redis, keys, couponId);
    expect(await admin.rebuildGate({ couponId })).toMatchObject({ winners: 1, nextIssueNo: 2 });

    await reconciler.runOnce(NOW);

    expect(alarms.behind).toBe(0);
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
      await deleteFromHandoff(stores, id);
    }
    const unwritten = {
      find: (id: string, range: { after: number; upTo: number }) =>
        id === broken ? Promise.reject(new Error("broken")) : app.unwritten.find(id, range),
    };
    reconciler = new Reconciler({ ...app, unwritten });

    await twoPasses();

    expect(await onItsWay(stores, broken)).toEqual([]);
    expect(await onItsWay(stores, couponId)).toHaveLength(1);
  });
});
