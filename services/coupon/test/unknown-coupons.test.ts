import { Code } from "@firstcome/rpc";
import { eventually, FakeClock } from "@firstcome/testkit";
import { describe, expect, it, vi } from "vitest";
import { UnknownCoupons } from "../src/storage/unknown-coupons.ts";
import { createCoupon } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { startOn, startTestService } from "./support/start-service.ts";

describe("a flood of coupons that do not exist", () => {
  it("does not reach the database", async () => {
    const { admin, coupons, db, redis, keys, service } = await startTestService();
    const gap = await createCoupon(admin);
    await createCoupon(admin);
    await db.pool.query("DELETE FROM coupon WHERE id = ?", [gap]);
    await forgetCoupon(redis, keys, gap);
    const query = vi.spyOn(service.app.coupons, "find");
    const highest = vi.spyOn(service.app.coupons, "highestId");

    const ids = Array.from({ length: 1_000 }, (_, i) => (i % 2 === 0 ? gap : String(1_000_000 + i)));
    const answers = await Promise.allSettled(ids.map((couponId) => coupons.issueCoupon({ couponId, userId: "kim" })));

    expect(answers.every((answer) => answer.status === "rejected" && answer.reason.code === Code.NOT_FOUND)).toBe(true);
    expect(query.mock.calls.length).toBeLessThan(10);
    expect(highest.mock.calls.length).toBeLessThan(10);
  });
});

describe("a coupon that was asked for before another process made it", () => {
  it("is found although the clock of the machine was set back meanwhile", async () => {
    const { admin, redis, keys, servers } = await startTestService();
    const clock = new FakeClock(Date.now());
    const early = await startOn(servers, {}, clock);
    const latest = await createCoupon(admin);
    const couponId = String(Number(latest) + 1);
    await expect(early.coupons.issueCoupon({ couponId, userId: "kim" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
    });
    clock.advance(-3_600_000);
    expect(await createCoupon(admin)).toBe(couponId);
    await forgetCoupon(redis, keys, couponId);

    const answer = await eventually(() => early.coupons.issueCoupon({ couponId, userId: "kim" }));

    expect(answer).toMatchObject({ issueNo: 1 });
  });
});

describe("UnknownCoupons", () => {
  it("believes for a second that an id is missing", () => {
    const clock = new FakeClock();
    const unknown = new UnknownCoupons({ highestId: () => Promise.resolve("0"), now: () => clock.now() });

    unknown.add("5");
    expect(unknown.has("5")).toBe(true);
    clock.advance(999);
    expect(unknown.has("5")).toBe(true);
    clock.advance(1);
    expect(unknown.has("5")).toBe(false);
    unknown.add("5");
    unknown.made("5");
    expect(unknown.has("5")).toBe(false);
  });

  it("asks once a second for the highest id, and only for ids beyond the one it knows", async () => {
    const clock = new FakeClock();
    let highest = "9007199254740993";
    const highestId = vi.fn<() => Promise<string>>(() => Promise.resolve(highest));
    const unknown = new UnknownCoupons({ highestId, now: () => clock.now() });

    const answers = await Promise.all(["9007199254740993", "9007199254740994", "1"].map((id) => unknown.mayExist(id)));
    expect(answers).toEqual([true, false, true]);
    expect(await unknown.mayExist("9007199254740994")).toBe(false);
    expect(highestId).toHaveBeenCalledTimes(1);

    highest = "9007199254740994";
    clock.advance(1_000);
    expect(await unknown.mayExist("9007199254740994")).toBe(true);
    expect(await unknown.mayExist("9007199254740992")).toBe(true);
    expect(highestId).toHaveBeenCalledTimes(2);
    unknown.made("9007199254740999");
    expect(await unknown.mayExist("9007199254740999")).toBe(true);
  });
});
