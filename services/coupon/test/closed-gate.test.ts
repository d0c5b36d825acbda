import { IssueOutcome } from "@firstcome/contracts/coupon";
import { openDatabase } from "@firstcome/database";
import { connectRedis, createKeys } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, eventually, privateServers, testDatabase } from "@firstcome/testkit";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon, fromNow } from "./support/coupons.ts";
import { forgetCoupon } from "./support/gate-keys.ts";
import { issueAtOnce, issueInBatches, type Told, users } from "./support/issue-many.ts";
import { metricAt } from "./support/metric-at.ts";
import { startOn, type StartedService } from "./support/start-service.ts";

// A Redis of its own: every command that it gets is counted.
const { redis: server } = await privateServers("redis");
const { url: mysqlUrl } = await testDatabase();
const servers = { redisUrl: server.url, mysqlUrl };
const [service, other, forgetful] = [
  await startOn(servers, { METRICS_PORT: "0" }),
  await startOn(servers, { METRICS_PORT: "0" }),
  await startOn(servers, { METRICS_PORT: "0", GATE_CLOSED_MEMORY_MB: "0" }),
];
const { admin, coupons } = service;
const redis = await connectRedis({ url: server.url, name: "test" });
cleanUpAfterFile(async () => redis.disconnect());
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
const keys = createKeys();
const { ACCEPTED, ALREADY_ISSUED, SOLD_OUT, NOT_OPEN, PAUSED, FINISHED } = IssueOutcome;

const metric = ({ service: { metricsAddress } }: StartedService, name: string, label?: string): Promise<number> =>
  metricAt(metricsAddress, name, label);

/** Commands that the gate's script has run to decide on users: at least one for each. */
async function gateCommands(): Promise<number> {
  const stats = await redis.info("commandstats");
  const calls = ["hsetnx", "hget"].map((name) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return calls.reduce<number>((sum, count) => sum + Number(count), 0);
}

/** What is told without one call of the gate. It is tried until the memory knows enough. */
async function withoutTheGate(ask: () => Promise<Told[]>): Promise<Told[]> {
  const cost = async (): Promise<object> => ({
    commands: await gateCommands(),
    batches: await metric(service, "firstcome_gate_batch_users_count"),
  });
  return await eventually(async () => {
    const before = await cost();
    const told = await ask();
    expect(await cost()).toEqual(before);
    return told;
  });
}

/** As a crowd asks: so many at a time that this process, which is client and server, keeps up. */
async function issueInCrowds(instance: StartedService, couponId: string, userIds: readonly string[]): Promise<Told[]> {
  const told: Told[] = [];
  for (let i = 0; i < userIds.length; i += 100) {
    told.push(...(await issueAtOnce(instance, couponId, userIds.slice(i, i + 100))));
  }
  return told;
}

function outcomes(told: readonly Pick<Told, "outcome">[]): IssueOutcome[] {
  return [...new Set(told.map(({ outcome }) => outcome))];
}

async function soldOut(pieces: number): Promise<{ couponId: string; winners: Told[] }> {
  const couponId = await createCoupon(admin, { quantity: pieces });
  return { couponId, winners: await issueAtOnce(service, couponId, users(pieces, "winner")) };
}

/** What one user is told who asks from `leadMs` before a coupon opens until it accepts; times are epoch ms. */
async function askOverOpening(leadMs: number): Promise<{
  opensAt: number;
  /** As the gate has it. */
  opened: number;
  /** Answers that were given from memory. */
  remembered: number;
  /** The last is the acceptance; `askedAt` is of the clock of Redis. */
  told: { askedAt: number; outcome: IssueOutcome }[];
}> {
  const answers = async (): Promise<number> => await metric(service, "firstcome_closed_gate_answers_total");
  const before = await answers();
  const opensAt = Date.now() + leadMs;
  const couponId = await createCoupon(admin, { quantity: 1, opensAt: fromNow(opensAt - Date.now()) });
  const told: { askedAt: number; outcome: IssueOutcome }[] = [];
  await eventually(async () => {
    const [seconds, micros] = await redis.time();
    const { outcome } = await coupons.issueCoupon({ couponId, userId: "kim" });
    told.push({ askedAt: Number(seconds) * 1_000 + Number(micros) / 1_000, outcome });
    return outcome === ACCEPTED;
  });
  const opened = Number(await redis.hget(keys.coupon(couponId), "opens_at"));
  return { opensAt, opened, remembered: (await answers()) - before, told };
}

describe("a closed gate", () => {
  it("tells 2 000 losers and every winner who asks again without Redis, winners with their number and time", async () => {
    const { couponId, winners } = await soldOut(300);
    const { userCoupon } = await coupons.getUserCoupon({ couponId, userId: "winner-1" });

    for (let crowd = 1; crowd <= 4; crowd++) {
      const losers = await withoutTheGate(() => issueInCrowds(service, couponId, users(500, `loser-${crowd}`)));
      expect(outcomes(losers)).toEqual([SOLD_OUT]);
    }
    const again = await withoutTheGate(() => issueInCrowds(service, couponId, users(300, "winner")));

    expect(again).toEqual(winners.map((winner) => ({ ...winner, outcome: ALREADY_ISSUED })));
    const { issueNo, acceptedAt } = await coupons.issueCoupon({ couponId, userId: "winner-1" });
    expect({ issueNo, acceptedAt }).toEqual({ issueNo: userCoupon?.issueNo, acceptedAt: userCoupon?.acceptedAt });
  });

  it("tells whole batches without Redis, winners and losers in their order", async () => {
    const { couponId, winners } = await soldOut(20);
    const crowd = users(3_000, "loser").flatMap((userId, i) => (i < 20 ? [userId, `winner-${i + 1}`] : [userId]));

    const told = await withoutTheGate(() => issueInBatches(service, couponId, crowd));

    const numbers = new Map(winners.map(({ userId, issueNo }) => [userId, issueNo]));
    expect(told).toEqual(
      crowd.map((userId) => {
        const issueNo = numbers.get(userId);
        return { userId, outcome: issueNo ? ALREADY_ISSUED : SOLD_OUT, issueNo: issueNo ?? 0 };
      }),
    );
  });

  it.each([
    { when: "before it opens", values: { opensAt: fromNow(3_600_000) }, outcome: "NOT_OPEN" },
    { when: "while it is paused", values: {}, close: "pauseCoupon", outcome: "PAUSED" },
    { when: "when it is finished", values: {}, close: "finishCoupon", outcome: "FINISHED" },
  ] as const)("answers without Redis $when, and counts the answers", async ({ values, outcome, ...how }) => {
    const couponId = await createCoupon(admin, values);
    if ("close" in how) await admin[how.close]({ couponId });

    const told = await withoutTheGate(() => issueInCrowds(service, couponId, users(500)));

    expect(outcomes(told)).toEqual([{ NOT_OPEN, PAUSED, FINISHED }[outcome]]);
    expect(await metric(service, "firstcome_closed_gate_answers_total")).toBeGreaterThanOrEqual(500);
    const counted = await metric(service, "firstcome_issue_outcomes_total", `outcome="${outcome}"`);
    expect(counted).toBeGreaterThanOrEqual(500);
  });

  it("still grants what it has while it is paused, and knows those winners then", async () => {
    const couponId = await createCoupon(admin);
    await admin.pauseCoupon({ couponId });
    await withoutTheGate(() => issueAtOnce(service, couponId, users(10)));

    expect(await admin.grantCoupons([{ couponId, userIds: ["user-1", "user-2"] }])).toMatchObject({ accepted: 2 });

    const told = await issueAtOnce(service, couponId, users(3));
    expect(told.map(({ outcome }) => outcome)).toEqual([ALREADY_ISSUED, ALREADY_ISSUED, PAUSED]);
  });

  it("tells nobody NOT_OPEN who asks after it has opened by the clock of Redis", async () => {
    let opening = await askOverOpening(4_000);
    // This process may have stood still until the coupon was open: then there was nothing to remember.
    for (let leadMs = 8_000; opening.remembered === 0 && leadMs <= 32_000; leadMs *= 2) {
      opening = await askOverOpening(leadMs);
    }

    const { opensAt, opened, remembered, told } = opening;
    expect(opened).toBeGreaterThanOrEqual(opensAt);
    const early = told.slice(0, -1);
    expect(outcomes(early)).toEqual([NOT_OPEN]);
    expect(early.filter(({ askedAt }) => askedAt >= opened)).toEqual([]);
    expect(remembered).toBeGreaterThan(0);
  });

  it("is Redis for every caller where the memory is off", async () => {
    const { couponId } = await soldOut(1);
    await withoutTheGate(() => issueAtOnce(service, couponId, users(10)));
    const before = await gateCommands();

    await issueAtOnce(forgetful, couponId, users(100));

    expect(await gateCommands()).toBeGreaterThanOrEqual(before + 100);
    expect(await metric(forgetful, "firstcome_closed_gate_answers_total")).toBe(0);
  });
});

describe("a gate that opens again", () => {
  it("is open at once for those who ask the instance that opened it, and soon for all others", async () => {
    const { couponId } = await soldOut(1);
    for (const instance of [service, other]) {
      await eventually(async () => {
        const answers = await metric(instance, "firstcome_closed_gate_answers_total");
        await issueAtOnce(instance, couponId, ["late"]);
        return (await metric(instance, "firstcome_closed_gate_answers_total")) > answers;
      });
    }

    await admin.addStock({ requestId: randomUUID(), couponId, quantity: 2 });

    expect(await issueAtOnce(service, couponId, ["second"])).toMatchObject([{ outcome: ACCEPTED, issueNo: 2 }]);
    await eventually(async () => {
      expect(await issueAtOnce(other, couponId, ["third"])).toMatchObject([{ outcome: ACCEPTED, issueNo: 3 }]);
    });
    const [told] = await withoutTheGate(() => issueAtOnce(service, couponId, ["third", "late"]));
    expect(told).toMatchObject({ outcome: ALREADY_ISSUED, issueNo: 3 });
  });

  it("accepts after it was resumed", async () => {
    const couponId = await createCoupon(admin);
    await admin.pauseCoupon({ couponId });
    await withoutTheGate(() => issueAtOnce(service, couponId, users(5)));

    await admin.resumeCoupon({ couponId });

    expect(await issueAtOnce(service, couponId, ["user-1"])).toMatchObject([{ outcome: ACCEPTED, issueNo: 1 }]);
  });
});

describe("a closed gate that changes behind the memory", () => {
  it("is what is left, after a Redis that was emptied: who won before has no number, and others win", async () => {
    const { couponId } = await soldOut(40);
    await withoutTheGate(() => issueAtOnce(service, couponId, users(100)));

    await forgetCoupon(redis, keys, couponId);
    await redis.del(keys.handoff(keys.partitionOf(couponId)));

    await eventually(async () => {
      expect(await issueAtOnce(service, couponId, ["late"])).toMatchObject([{ outcome: ACCEPTED, issueNo: 1 }]);
    });
  });

  it("tells winners the same after RebuildGate, and after their coupon was revoked", async () => {
    const { couponId, winners } = await soldOut(20);
    const again = winners.map((winner) => ({ ...winner, outcome: ALREADY_ISSUED }));
    await withoutTheGate(() => issueAtOnce(service, couponId, users(100)));

    await admin.rebuildGate({ couponId });
    expect(await issueAtOnce(service, couponId, users(20, "winner"))).toEqual(again);
    await commitRows(db, couponId, ["winner-1"]);
    await admin.revokeUserCoupon({ couponId, userId: "winner-1", reason: "test" });

    expect(await withoutTheGate(() => issueAtOnce(service, couponId, users(20, "winner")))).toEqual(again);
    expect(await issueAtOnce(forgetful, couponId, ["winner-1"])).toEqual(again.slice(0, 1));
  });
});
