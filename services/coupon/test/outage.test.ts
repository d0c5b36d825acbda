import { IssueOutcome, UserCouponStatus } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { Code } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { eventually, privateServers } from "@firstcome/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { commitRows, couponRequest, createCoupon } from "./support/coupons.ts";
import { metricAt } from "./support/metric-at.ts";
import { collect } from "./support/read.ts";
import { startOn } from "./support/start-service.ts";

const { redis, mysql } = await privateServers("redis", "mysql");
const { coupons, admin, service } = await startOn({ redisUrl: redis.url, mysqlUrl: mysql.url }, { METRICS_PORT: "0" });
const away = (reason: string): object => ({ code: Code.UNAVAILABLE, reason, retryAfterMs: expect.any(Number) });

/** Kills a server for as long as the work lasts. */
async function without(server: typeof redis, work: () => Promise<void>): Promise<void> {
  await server.kill();
  try {
    await work();
  } finally {
    await server.start();
  }
}

/** A coupon of which kim's row is committed and lee's is on its way. */
async function twoWinners(): Promise<string> {
  const couponId = await createCoupon(admin);
  for (const userId of ["kim", "lee"]) await coupons.issueCoupon({ couponId, userId });
  await using db = await openDatabase({ url: mysql.url, log: silentLogger });
  await commitRows(db, couponId, ["kim"]);
  return couponId;
}

beforeEach(async () => {
  await eventually(async () => await admin.getCoupon({ couponId: await createCoupon(admin) }));
});

describe("without Redis", () => {
  it("IssueCoupon is UNAVAILABLE at once, and goes on when Redis is back, with the same numbers", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });

    await without(redis, async () => {
      // Were each of them told only when a timeout has passed, the test would not end in its time.
      for (let asked = 0; asked < 200; asked += 1) {
        await expect(coupons.issueCoupon({ couponId, userId: "lee" })).rejects.toMatchObject(away("GATE_UNAVAILABLE"));
      }
    });

    const again = await eventually(() => coupons.issueCoupon({ couponId, userId: "kim" }));
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 1 });
    expect(await coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({ issueNo: 2 });
  });

  it("IssueCoupons answers each batch with UNAVAILABLE, and counts it", async () => {
    const couponId = await createCoupon(admin);
    const stream = coupons.issueCoupons();

    await without(redis, async () => {
      for (const batchId of [1, 2]) stream.write({ batchId, couponId, userIds: ["kim", "lee"] });
      stream.end();
      const error = { code: Code.UNAVAILABLE, reason: "GATE_UNAVAILABLE" };
      expect(await collect(stream)).toMatchObject([{ error }, { error }]);
    });

    const counted = metricAt(
      service.metricsAddress,
      "firstcome_issue_batches_failed_total",
      'reason="GATE_UNAVAILABLE"',
    );
    expect(await counted).toBe(2);
  });

  it("GetUserCoupon still answers from the rows, and says when it cannot know", async () => {
    const couponId = await twoWinners();

    await without(redis, async () => {
      const { userCoupon } = await coupons.getUserCoupon({ couponId, userId: "kim" });
      expect(userCoupon).toMatchObject({ issueNo: 1, status: UserCouponStatus.ISSUED });
      await expect(coupons.getUserCoupon({ couponId, userId: "lee" })).rejects.toMatchObject(away("GATE_UNAVAILABLE"));
    });
  });

  it("a pause is UNAVAILABLE, and is made whole by its repetition", async () => {
    const couponId = await createCoupon(admin);

    await without(redis, async () => {
      await expect(admin.pauseCoupon({ couponId })).rejects.toMatchObject(away("GATE_UNAVAILABLE"));
    });

    await eventually(() => admin.pauseCoupon({ couponId }));
    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.PAUSED });
  });

  it("a coupon can be created, and is there when Redis is back", async () => {
    let couponId = "";

    await without(redis, async () => {
      couponId = await createCoupon(admin);
    });

    const answer = await eventually(() => coupons.issueCoupon({ couponId, userId: "kim" }));
    expect(answer).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 1 });
  });
});

describe("with a Redis that does not answer", () => {
  it("IssueCoupon is UNAVAILABLE after REDIS_TIMEOUT_MS, and goes well when it answers before", async () => {
    const stores = { redisUrl: redis.url, mysqlUrl: mysql.url };
    const patient = await startOn(stores, { REDIS_TIMEOUT_MS: "60000" });
    const hasty = await startOn(stores, { REDIS_TIMEOUT_MS: "1000" });
    const couponId = await createCoupon(admin);
    // Nothing but the gate is asked from here on.
    for (const { coupons: at } of [patient, hasty]) await at.issueCoupon({ couponId, userId: "kim" });

    // Again, should the server have been thawed by somebody else who stops processes for a while.
    const { answer } = await eventually(async () => {
      await redis.freeze();
      // First, so that it would be given up first, were their times the same.
      const asked = patient.coupons.issueCoupon({ couponId, userId: "lee" });
      const givenUp = hasty.coupons.issueCoupon({ couponId, userId: "park" });
      await expect(givenUp).rejects.toMatchObject(away("GATE_UNAVAILABLE"));
      return { answer: asked };
    });
    await redis.thaw();

    const { issueNo } = await answer;
    const again = await eventually(() => hasty.coupons.issueCoupon({ couponId, userId: "park" }));
    expect(new Set([issueNo, again.issueNo])).toEqual(new Set([2, 3]));
  });
});

describe("without MySQL", () => {
  it("IssueCoupon goes on", async () => {
    const couponId = await createCoupon(admin);

    await without(mysql, async () => {
      expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ outcome: IssueOutcome.ACCEPTED });
    });
  });

  it("GetUserCoupon tells a winner ACCEPTED, which is all that is known", async () => {
    const couponId = await twoWinners();
    await coupons.getUserCoupon({ couponId, userId: "kim" });

    await without(mysql, async () => {
      const { userCoupon } = await coupons.getUserCoupon({ couponId, userId: "kim" });
      expect(userCoupon).toMatchObject({ issueNo: 1, status: UserCouponStatus.ACCEPTED });
      await expect(coupons.getUserCoupon({ couponId, userId: "park" })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    });
  });

  it("what needs the database is UNAVAILABLE, and goes on when it is back", async () => {
    const request = couponRequest();

    await without(mysql, async () => {
      await expect(admin.createCoupon(request)).rejects.toMatchObject(away("DATABASE_UNAVAILABLE"));
      await expect(coupons.listUserCoupons({ userId: "kim" })).rejects.toMatchObject(away("DATABASE_UNAVAILABLE"));
    });

    expect((await admin.createCoupon(request)).coupon?.name).toBe(request.name);
  });
});
