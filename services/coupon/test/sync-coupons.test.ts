import { IssueOutcome } from "@firstcome/contracts/coupon";
import { CouponRepository, transact } from "@firstcome/database";
import { describe, expect, it } from "vitest";
import { syncCoupons } from "../src/jobs/sync-coupons.ts";
import { createCoupon } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons, db, redis, keys, service } = await startTestService();
const { app } = service;

/** What a process leaves behind that dies between the database and the gate. */
async function changeInDatabaseOnly(couponId: string, change: { status: "PAUSED" | "FINISHED" }): Promise<void> {
  await transact(db, async (em) => {
    const repository = new CouponRepository(em);
    const row = await repository.lock(couponId);
    if (row) await repository.update(row, change);
  });
}

describe("the sync job", () => {
  it.each([
    { status: "PAUSED", outcome: IssueOutcome.PAUSED },
    { status: "FINISHED", outcome: IssueOutcome.FINISHED },
  ] as const)("tells the gate of a coupon that it is $status when a process died before it could", async (change) => {
    const couponId = await createCoupon(admin);
    await changeInDatabaseOnly(couponId, { status: change.status });
    expect(await coupons.issueCoupon({ couponId, userId: "a" })).toMatchObject({ outcome: IssueOutcome.ACCEPTED });

    expect(await syncCoupons(app)).toEqual([couponId]);

    expect(await coupons.issueCoupon({ couponId, userId: "b" })).toMatchObject({ outcome: change.outcome });
    expect(await syncCoupons(app)).toEqual([]);
  });

  it("tells a gate that came back with older data that the coupon is finished", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "a" });
    const older = await redis.hgetall(keys.coupon(couponId));
    await admin.finishCoupon({ couponId });
    await redis.hset(keys.coupon(couponId), older);

    expect(await syncCoupons(app)).toEqual([couponId]);

    expect(await coupons.issueCoupon({ couponId, userId: "b" })).toMatchObject({ outcome: IssueOutcome.FINISHED });
    expect(await syncCoupons(app)).toEqual([]);
  });

  it("tells all the others when the key of one holds something else, and fails then", async () => {
    const [broken, paused, finished] = [
      await createCoupon(admin),
      await createCoupon(admin),
      await createCoupon(admin),
    ];
    for (const couponId of [paused, finished]) await coupons.issueCoupon({ couponId, userId: "a" });
    const older = await redis.hgetall(keys.coupon(finished));
    await admin.finishCoupon({ couponId: finished });
    await redis.hset(keys.coupon(finished), older);
    await changeInDatabaseOnly(paused, { status: "PAUSED" });
    await redis.set(keys.coupon(broken), "no hash");

    await expect(syncCoupons(app)).rejects.toThrow("the gate could not be told of all coupons");

    expect(await redis.hget(keys.coupon(paused), "status")).toBe("PAUSED");
    expect(await redis.hget(keys.coupon(finished), "status")).toBe("FINISHED");
    await redis.del(keys.coupon(broken));
  });

  it("reads other gates of a partition beside a key that holds something else", async () => {
    const couponId = await createCoupon(admin);
    const partition = keys.partitionOf(couponId);
    const neighbours = Array.from({ length: 400 }, (_, i) => String(1_000_000 + i));
    const broken = neighbours.find((id) => keys.partitionOf(id) === partition) ?? "";
    await redis.set(keys.coupon(broken), "no hash");

    const { loaded, failure } = await app.gateStandings.read([broken, couponId]);

    expect([...loaded.keys()]).toEqual([couponId]);
    expect(failure).toMatchObject({ message: expect.stringContaining(broken) });
    await redis.del(keys.coupon(broken));
  });

  it("does not look again at finished coupons of which the gate has heard", async () => {
    const couponId = await createCoupon(admin);
    await admin.finishCoupon({ couponId });

    const ids: string[] = [];
    for await (const { id } of app.coupons.forGate()) ids.push(id);

    expect(ids).not.toContain(couponId);
  });
});
