import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, servers } = await startTestService();

describe("the number of partitions", () => {
  it("is that of the data: a service with another one, which would give every number a second time, does not start", async () => {
    const couponId = await createCoupon(admin, { quantity: 1 });
    await coupons.issueCoupon({ couponId, userId: "kim" });

    await expect(startOn(servers, { GATE_PARTITIONS: "7" })).rejects.toThrow(/16 partitions, not 7/);
    const again = await startOn(servers);
    expect(await again.coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ issueNo: 1 });
  });
});
