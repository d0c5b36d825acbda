import { describe, expect, it, onTestFinished } from "vitest";
import type { CouponViolations } from "../../src/check/coupon-violations.ts";
import type { OrderViolations } from "../../src/check/order-violations.ts";
import { drain } from "../../src/check/drained.ts";
import { settleDeadLetter } from "./dead-letter.ts";
import { COUPON, DAY, ORDERS, type SoundRun, soundRun } from "./sound-run.ts";

type Violations = CouponViolations & OrderViolations & { deadLetters: number };

/** What was broken, and nothing that was not. */
async function brokenIn(run: SoundRun): Promise<Partial<Violations>> {
  const { coupons, orders, deadLetters } = await run.check();
  const found = { ...coupons, ...orders, deadLetters };
  return Object.fromEntries(Object.entries(found).filter(([, times]) => times > 0));
}

const bucketOf = ({ witnesses }: SoundRun): string => `${witnesses.keys.winners(COUPON)}0`;
const ROW = `INSERT INTO user_coupon (coupon_id, issue_no, user_id, accepted_at)`;

/** Each breaks one thing in a run of which all else is sound. */
const PLANTED: [what: string, plant: (run: SoundRun) => Promise<unknown> | void, found: Partial<Violations>][] = [
  ["a row that is lost", (run) => run.sql("DELETE FROM user_coupon WHERE issue_no = 4"), { lost: 1, heldBack: 1 }],
  [
    "a win that was told and is nowhere",
    (run) => run.hear("fay", { outcome: "ACCEPTED", issueNo: 5, acceptedAt: 0 }),
    { lost: 1 },
  ],
  [
    "a row beyond the quantity",
    (run) => run.sql(`${ROW} VALUES (${COUPON}, 5, 'fay', NOW(3))`),
    { overIssued: 1, numberMismatches: 1 },
  ],
  [
    "a winner in Redis beyond the quantity",
    (run) => run.witnesses.redis.hset(bucketOf(run), "fay", "5:0"),
    { overIssued: 1, lost: 1 },
  ],
  [
    "two rows of one user",
    async (run) => {
      await run.sql("ALTER TABLE user_coupon DROP KEY user_coupon_winner");
      onTestFinished(async () => {
        await run.sql("DELETE FROM user_coupon");
        await run.sql("ALTER TABLE user_coupon ADD UNIQUE KEY user_coupon_winner (user_id, coupon_id)");
      });
      await run.sql("UPDATE user_coupon SET user_id = 'cho' WHERE user_id = 'dan'");
    },
    { duplicates: 1, lost: 1 },
  ],
  [
    "a number that nobody got",
    (run) => run.sql("UPDATE user_coupon SET issue_no = 6 WHERE issue_no = 4"),
    { numberGaps: 2, numberMismatches: 1 },
  ],
  [
    "another number told than written",
    (run) => run.hear("ben", { outcome: "ALREADY_ISSUED", issueNo: 3, acceptedAt: run.acceptedAt }),
    { numberMismatches: 1 },
  ],
  [
    "another number in Redis than written",
    (run) => run.witnesses.redis.hset(bucketOf(run), "ben", "3:0"),
    { numberMismatches: 1 },
  ],
  [
    "a number accepted before the one below it",
    (run) => run.sql("UPDATE user_coupon SET accepted_at = accepted_at - INTERVAL 1 SECOND WHERE issue_no = 3"),
    { outOfOrder: 1, timeMismatches: 1 },
  ],
  [
    "another time of acceptance told than written",
    (run) => run.hear("ben", { outcome: "ALREADY_ISSUED", issueNo: 2, acceptedAt: run.acceptedAt + 1 }),
    { timeMismatches: 1 },
  ],
  [
    "a winner who is told that it is sold out",
    (run) => run.hear("ben", { outcome: "SOLD_OUT" }),
    { secondThoughts: 1 },
  ],
  [
    "a winner who is told that it is over",
    async (run) => {
      await run.finish();
      run.hear("ben", { outcome: "FINISHED" });
    },
    { secondThoughts: 1 },
  ],
  [
    "a user who was accepted when an operator had long been told that it is finished",
    async (run) => {
      await run.finish();
      run.operate("FinishCoupon", "");
      await run.sql("UPDATE user_coupon SET accepted_at = accepted_at + INTERVAL 1 HOUR WHERE issue_no = 4");
    },
    { acceptedAfterEnd: 1, timeMismatches: 1 },
  ],
  [
    "a user who was accepted when another had long been told that it is finished",
    async (run) => {
      await run.finish();
      run.hear("eve", { outcome: "FINISHED" });
      await run.sql("UPDATE user_coupon SET accepted_at = accepted_at + INTERVAL 1 HOUR WHERE issue_no = 4");
    },
    { acceptedAfterEnd: 1, timeMismatches: 1 },
  ],
  [
    "a finished coupon that is changed all the same",
    async (run) => {
      await run.finish();
      run.operate("FinishCoupon", "");
      run.operate("ResumeCoupon", "", { outcome: "DONE", firstAskedAt: Date.now() + 60_000 });
    },
    { changedAfterEnd: 1 },
  ],
  [
    "a coupon that an operator was told is finished, and is not",
    (run) => run.operate("FinishCoupon", ""),
    { notFinished: 1 },
  ],
  [
    "a coupon that is finished with pieces left though nobody asked for it",
    async (run) => {
      await run.addStock(1);
      await run.finish();
      run.hear("eve", { outcome: "FINISHED" });
    },
    { heldBack: 1 },
  ],
  [
    "a piece that nobody added",
    (run) => run.sql("UPDATE coupon SET quantity = quantity + 1"),
    { quantityMismatches: 1 },
  ],
  [
    "a winner who may not order with the coupon",
    (run) => run.hear("ben", { outcome: "FAILED", code: "NOT_FOUND", reason: "USER_COUPON_NOT_FOUND", message: "" }),
    { secondThoughts: 1 },
  ],
  [
    "a loser who has a row",
    async (run) => {
      await run.sql("UPDATE user_coupon SET user_id = 'eve' WHERE user_id = 'dan'");
      await run.witnesses.redis.hdel(bucketOf(run), "dan");
      await run.witnesses.redis.hset(bucketOf(run), "eve", "4:0");
    },
    { secondThoughts: 1, lost: 1 },
  ],
  ["a user to whom it was given and who has none", (run) => run.operate("GrantCoupons", "fay"), { lost: 1 }],
  ["a user from whom it was taken and who has it", (run) => run.operate("RevokeUserCoupon", "ben"), { notRevoked: 1 }],
  [
    "a user from whom it was taken although nobody asked",
    (run) => run.sql("UPDATE user_coupon SET status = 'REVOKED' WHERE user_id = 'dan'"),
    { revokedUnasked: 1 },
  ],
  [
    "a winner who is told, though stock was added, that it is sold out",
    async (run) => {
      await run.addStock(1);
      run.hear("ben", { outcome: "SOLD_OUT" });
    },
    { secondThoughts: 1 },
  ],
  ["a winner who is told that it is paused", (run) => run.hear("ben", { outcome: "PAUSED" }), { secondThoughts: 1 }],
  ["a dead letter", (run) => settleDeadLetter(run.witnesses), { deadLetters: 1 }],
  [
    "a sale that is counted twice",
    (run) => run.witnesses.redis.zincrby(run.witnesses.keys.salesOfDay(DAY), 2, "1"),
    { salesMismatches: 1 },
  ],
  [
    "a sale of a product that nobody bought",
    (run) => run.witnesses.redis.zincrby(run.witnesses.keys.salesOfDay(DAY), 1, "9"),
    { salesMismatches: 1 },
  ],
  [
    "an order that is not counted",
    async (run) => {
      await run.witnesses.redis.zincrby(run.witnesses.keys.salesOfDay(DAY), -1, "1");
      await run.witnesses.redis.hdel(run.witnesses.keys.ordersOfDay(DAY), ORDERS.without);
    },
    { salesMismatches: 1, miscountedOrders: 1 },
  ],
  [
    "a cancelled order that is not taken back",
    (run) => run.witnesses.redis.hset(run.witnesses.keys.ordersOfDay(DAY), ORDERS.cancelled, "S"),
    { miscountedOrders: 1 },
  ],
  [
    "a ranking that has forgotten the day",
    (run) => run.witnesses.redis.del(run.witnesses.keys.salesOfDay(DAY), run.witnesses.keys.ordersOfDay(DAY)),
    { salesMismatches: 1, miscountedOrders: 3 },
  ],
  [
    "a coupon on two paid orders",
    (run) => run.sql(`UPDATE orders SET coupon_id = ${COUPON}, user_id = 'ann' WHERE id = 2`),
    { couponsUsedTwice: 1, couponUseMismatches: 1 },
  ],
  [
    "a paid order whose coupon is free",
    (run) => run.sql("UPDATE user_coupon SET status = 'ISSUED', order_id = NULL WHERE user_id = 'ann'"),
    { couponUseMismatches: 1 },
  ],
  [
    "a cancelled order that keeps its coupon",
    (run) => run.sql("UPDATE user_coupon SET status = 'USED', order_id = 3 WHERE user_id = 'cho'"),
    { couponUseMismatches: 1 },
  ],
  ["a piece that left the stock", (run) => run.sql("UPDATE product SET stock = stock - 1"), { stockMismatches: 1 }],
  [
    "an order that was told and is nowhere",
    (run) => run.hear("ann", { outcome: "PAID", order: "9" }),
    { ordersToldWrong: 1 },
  ],
  [
    "an order that was told to be cancelled and is paid",
    (run) => run.hear("ann", { outcome: "CANCELLED", order: ORDERS.withCoupon }),
    { ordersToldWrong: 1 },
  ],
  [
    "a paid order that was cancelled although nobody asked",
    async (run) => {
      await run.sql("UPDATE orders SET status = 'CANCELLED' WHERE id = 2");
      await run.sql("UPDATE product SET stock = stock + 1");
      await run.witnesses.redis.zincrby(run.witnesses.keys.salesOfDay(DAY), -1, "1");
      await run.witnesses.redis.hset(run.witnesses.keys.ordersOfDay(DAY), ORDERS.without, "C");
    },
    { ordersToldWrong: 1 },
  ],
  [
    "two orders under one request id",
    (run) => run.hear("ann", { outcome: "CREATED", order: ORDERS.without, requestId: "of-ann" }),
    { ordersRepeated: 1 },
  ],
];

describe("checkRun", () => {
  it("finds nothing wrong where nothing is", async () => {
    const run = await soundRun();
    expect(await brokenIn(run)).toEqual({});
    expect(await run.check()).toMatchObject({ accepted: 4, rows: 4, ordersPaid: 2, ordersCancelled: 1 });
  });

  it.each(PLANTED)("finds %s, and nothing else", async (_what, plant, found) => {
    const run = await soundRun();
    await plant(run);
    expect(await brokenIn(run)).toEqual(found);
  });

  it("lets a loser win what was added, and what goes on", async () => {
    const run = await soundRun();
    run.hear("fay", { outcome: "PAUSED" });
    await run.addStock(2);
    await run.accept("eve");
    await run.accept("fay");
    expect(await brokenIn(run)).toEqual({});
  });

  it("lets an operator finish a coupon of which pieces are left, and repeat what was asked for before", async () => {
    const run = await soundRun();
    await run.addStock(1);
    const firstAskedAt = Date.now();
    run.tryTo("FinishCoupon");
    await run.finish();
    run.hear("eve", { outcome: "FINISHED" });
    run.operate("AddStock", "", { outcome: "DONE", firstAskedAt });
    expect(await brokenIn(run)).toEqual({});
  });

  it("lets an operator give coupons and take them back", async () => {
    const run = await soundRun();
    run.operate("GrantCoupons", "ben");
    run.operate("RevokeUserCoupon", "dan");
    await run.sql("UPDATE user_coupon SET status = 'REVOKED' WHERE user_id = 'dan'");
    expect(await brokenIn(run)).toEqual({});
  });

  it("lets a cancelled order keep its coupon while a message says that it is to be given back", async () => {
    const run = await soundRun();
    await run.sql("UPDATE user_coupon SET status = 'USED', order_id = 3 WHERE user_id = 'cho'");
    await run.sql(
      `INSERT INTO outbox (kind, order_id, payload, due_at, next_attempt_at)
       VALUES ('COUPON_RETURN', 3, '{}', NOW(3) + INTERVAL 1 HOUR, NOW(3))`,
    );
    expect(await brokenIn(run)).toEqual({});
  });
});

describe("drain", () => {
  it("says what is still on its way when the time is up: batches, and messages that are due", async () => {
    const run = await soundRun();
    // The gate has handed off the winners, and no dispatcher ran.
    expect(await drain(run.witnesses, 0)).toEqual({ batches: 1, messages: 0 });
    await run.witnesses.redis.del(run.witnesses.keys.handoff(run.witnesses.keys.partitionOf(COUPON)));
    await run.sql(
      `INSERT INTO outbox (kind, order_id, payload, due_at, next_attempt_at) VALUES
       ('SALES', 1, '{}', NOW(3), NOW(3) + INTERVAL 1 HOUR), ('COUPON_RETURN', 3, '{}', NOW(3) + INTERVAL 1 HOUR, NOW(3))`,
    );
    expect(await drain(run.witnesses, 0)).toEqual({ batches: 0, messages: 1 });
    await run.sql("DELETE FROM outbox WHERE kind = 'SALES'");
    expect(await drain(run.witnesses, 60_000)).toEqual({ batches: 0, messages: 0 });
  });
});
