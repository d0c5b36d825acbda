import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it, vi } from "vitest";
import { createCoupon, fromNow } from "./support/coupons.ts";
import { metricAt } from "./support/metric-at.ts";
import { collect, take } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, servers } = await startTestService();
const { ACCEPTED, ALREADY_ISSUED, SOLD_OUT } = IssueOutcome;

describe("IssueCoupons", () => {
  it("decides on a batch in its order, in columns", async () => {
    const couponId = await createCoupon(admin, { quantity: 2 });
    const stream = coupons.issueCoupons();

    stream.write({ batchId: 7, couponId, userIds: ["a", "b", "a", "c"] });
    stream.end();
    const [answer, ...rest] = await collect(stream);

    expect(answer).toMatchObject({
      batchId: 7,
      outcomes: [ACCEPTED, ACCEPTED, ALREADY_ISSUED, SOLD_OUT],
      issueNos: [1, 2, 1, 0],
      acceptedMsBefore: [],
    });
    expect(answer?.error).toBeUndefined();
    expect(rest).toEqual([]);
  });

  it("says how long before the decision a number was given", async () => {
    const couponId = await createCoupon(admin);
    const { acceptedAt } = await coupons.issueCoupon({ couponId, userId: "early" });
    const early = acceptedAt ? timestampMs(acceptedAt) : 0;
    await eventually(() => Date.now() > early + 5);
    const stream = coupons.issueCoupons();

    stream.write({ batchId: 1, couponId, userIds: ["late", "early"] });
    stream.end();
    const [answer] = await collect(stream);

    const decidedAt = answer?.decidedAt ? timestampMs(answer.decidedAt) : 0;
    expect(answer?.acceptedMsBefore).toEqual([0n, BigInt(decidedAt - early)]);
    expect(decidedAt).toBeGreaterThan(early);
  });

  it("answers a batch that fails with its error, and goes on", async () => {
    const open = await createCoupon(admin);
    const closed = await createCoupon(admin, { opensAt: fromNow(60_000) });
    const stream = coupons.issueCoupons();

    for (const [batchId, couponId] of [open, "999999", closed].entries()) {
      stream.write({ batchId, couponId, userIds: ["a"] });
    }
    stream.end();
    const answers = (await collect(stream)).toSorted((x, y) => x.batchId - y.batchId);

    expect(answers).toMatchObject([
      { batchId: 0, outcomes: [ACCEPTED] },
      { batchId: 1, outcomes: [], error: { code: Code.NOT_FOUND, reason: "COUPON_NOT_FOUND" } },
      { batchId: 2, outcomes: [IssueOutcome.NOT_OPEN], opensAt: { seconds: expect.any(BigInt) } },
    ]);
  });

  it("is counted by reason for each batch that fails, since the call itself ends with OK", async () => {
    const { coupons: issuing, service } = await startOn(servers, { METRICS_PORT: "0", GATE_MAX_WAITING: "2" });
    const couponId = await createCoupon(admin);
    const stream = issuing.issueCoupons();
    const bug = vi.spyOn(service.app.gate, "issueAll");
    const ask = async (batch: { couponId: string; userIds: string[] }): Promise<void> => {
      stream.write({ batchId: 1, ...batch });
      await take(stream, 1);
    };

    for (const unknown of ["999998", "999999"]) await ask({ couponId: unknown, userIds: ["a"] });
    await ask({ couponId, userIds: ["a", "b", "c"] });
    await ask({ couponId, userIds: ["a", "b"] });
    bug.mockRejectedValueOnce(new Error("nobody foresaw this"));
    await ask({ couponId, userIds: ["a"] });
    stream.end();
    expect(await collect(stream)).toEqual([]);

    const failed = (reason: string): Promise<number> =>
      metricAt(service.metricsAddress, "firstcome_issue_batches_failed_total", `reason="${reason}"`);
    expect(await failed("COUPON_NOT_FOUND")).toBe(2);
    expect(await failed("GATE_QUEUE_FULL")).toBe(1);
    expect(await failed("INTERNAL")).toBe(1);
    const calls = `code="OK",service="coupon"`;
    await eventually(async () => {
      expect(await metricAt(service.metricsAddress, "firstcome_rpc_calls_total", calls)).toBe(1);
    });
  });

  it("numbers users without gaps over many batches and streams", async () => {
    const couponId = await createCoupon(admin, { quantity: 20_000 });
    const answers = await Promise.all(
      [0, 1].map(async (s) => {
        const stream = coupons.issueCoupons();
        const reading = collect(stream);
        for (let b = 0; b < 100; b += 1) {
          const userIds = Array.from({ length: 100 }, (_, u) => `s${s}b${b}u${u}`);
          if (!stream.write({ batchId: b, couponId, userIds })) await stream.drained();
        }
        stream.end();
        return reading;
      }),
    );

    const numbers = answers.flat().flatMap(({ issueNos }) => issueNos);
    expect(numbers.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  });

  it("ends with INVALID_ARGUMENT on a batch that breaks the rules, after answering those before it", async () => {
    const couponId = await createCoupon(admin);
    const stream = coupons.issueCoupons();
    stream.write({ batchId: 1, couponId, userIds: ["a"] });
    stream.write({ batchId: 2, couponId, userIds: ["not a user"] });

    expect(await take(stream, 1)).toMatchObject([{ batchId: 1, outcomes: [ACCEPTED] }]);
    await expect(collect(stream)).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      violations: [{ field: "user_ids[0]" }],
    });
  });

  it("answers what it has read, then ends, when the server stops", async () => {
    const stopping = await startOn(servers);
    const couponId = await createCoupon(admin);
    const stream = stopping.coupons.issueCoupons();
    stream.write({ batchId: 1, couponId, userIds: ["a"] });
    const answers = await take(stream, 1);

    await stopping.service[Symbol.asyncDispose]();

    expect(answers).toMatchObject([{ outcomes: [ACCEPTED] }]);
    expect(await collect(stream)).toEqual([]);
  });
});
