import { eventually, testDatabase } from "@firstcome/testkit";
import { DONE } from "@firstcome/worker";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { batchOf, type Issuing, issuingInto, users } from "./issuing.ts";

let url: string;
let issuing: Issuing;
beforeAll(async () => {
  ({ url } = await testDatabase());
});
beforeEach(async () => {
  issuing = await issuingInto(url);
  await issuing.db.pool.query("DELETE FROM user_coupon");
});

describe("handling batches", () => {
  it("turns many batches of several coupons into a few inserts", async () => {
    const batches = Array.from({ length: 100 }, (_, index) => {
      const couponId = String(1 + (index % 3));
      return batchOf(couponId, 1 + Math.floor(index / 3) * 20, ...users(`c${couponId}-b${index}`, 20));
    });
    const outcomes = await Promise.all(batches.map((batch) => issuing.handle(batch)));
    expect(new Set(outcomes)).toEqual(new Set([DONE]));
    const wanted = batches.flatMap(({ couponId, userIds, issueNos }) =>
      userIds.map((userId, index) => `${couponId}/${issueNos[index]}/${userId}`),
    );
    expect((await issuing.rows()).toSorted()).toEqual(wanted.toSorted());
    expect(await issuing.count("rows_total")).toBe(2_000);
    expect(await issuing.count("inserts_total")).toBeLessThanOrEqual(3);
  });

  it("acknowledges a redelivered batch without writing anything", async () => {
    const batch = batchOf("7", 1, "ann", "bob");
    expect(await issuing.handle(batch)).toEqual(DONE);
    const before = await issuing.rows();
    expect(await issuing.handle({ ...batch, attempt: 2 })).toEqual(DONE);
    expect(await issuing.rows()).toEqual(before);
    expect(await issuing.count("redelivered_rows_total")).toBe(2);
    expect(await issuing.count("number_conflicts_total")).toBe(0);
  });

  it("acknowledges the same batch twice in one insert", async () => {
    const batch = batchOf("7", 1, "ann", "bob");
    expect(await Promise.all([issuing.handle(batch), issuing.handle({ ...batch, attempt: 2 })])).toEqual([DONE, DONE]);
    expect(await issuing.rows()).toEqual(["7/1/ann", "7/2/bob"]);
  });

  it("fails the users whose numbers contradict the table, and nobody else", async () => {
    await issuing.handle(batchOf("7", 1, "ann", "bob"));
    const [contradicting, other] = [batchOf("7", 2, "cyd", "ann", "dan"), batchOf("7", 50, "eve")];
    expect(await Promise.all([issuing.handle(contradicting), issuing.handle(other)])).toEqual([
      {
        kind: "failed",
        failures: [
          { userIds: ["cyd"], kind: "fatal", reason: "NUMBER_CONFLICT" },
          { userIds: ["ann"], kind: "fatal", reason: "NUMBER_CONFLICT" },
        ],
      },
      DONE,
    ]);
    expect(await issuing.rows()).toEqual(["7/1/ann", "7/2/bob", "7/4/dan", "7/50/eve"]);
    expect(await issuing.count("number_conflicts_total")).toBe(2);
  });

  it("fails a poison item alone; its batch-mates and the batches beside it are issued", async () => {
    const poison = "x".repeat(65);
    const [bad, good] = [batchOf("7", 1, "ann", poison, "cyd"), batchOf("8", 1, "dan")];
    expect(await Promise.all([issuing.handle(bad), issuing.handle(good)])).toEqual([
      {
        kind: "failed",
        failures: [{ userIds: [poison], kind: "fatal", reason: expect.stringMatching(/^BAD_ROW: .*user_id/) }],
      },
      DONE,
    ]);
    expect(await issuing.rows()).toEqual(["7/1/ann", "7/3/cyd", "8/1/dan"]);
    expect(await issuing.count("bad_rows_total")).toBe(1);
  });

  it("does not take a broken schema for a bad row", async () => {
    await issuing.db.pool.query("RENAME TABLE user_coupon TO user_coupon_away");
    const outcome = issuing.handle(batchOf("7", 1, "ann"));
    await eventually(async () => (await issuing.count("retries_total", { why: "UNEXPECTED" })) > 1);
    expect(issuing.queue.outage).toBe(true);
    await issuing.db.pool.query("RENAME TABLE user_coupon_away TO user_coupon");
    expect(await outcome).toEqual(DONE);
    expect(issuing.queue.outage).toBe(false);
    expect(await issuing.rows()).toEqual(["7/1/ann"]);
  });

  it("gives back what it could not write when it must stop", async () => {
    await issuing.db.pool.query("RENAME TABLE user_coupon TO user_coupon_away");
    const outcome = issuing.handle(batchOf("7", 1, "ann"));
    await eventually(() => issuing.queue.outage);
    issuing.stop.abort();
    expect(await outcome).toEqual({ kind: "released" });
    await issuing.db.pool.query("RENAME TABLE user_coupon_away TO user_coupon");
  });
});
