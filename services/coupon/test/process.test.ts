import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { createClient, openChannel } from "@firstcome/rpc";
import { startService } from "@firstcome/stack";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";

describe("the process", () => {
  it("says when it is ready, serves calls and metrics, and exits with 0 on SIGTERM", async () => {
    const { url: redisUrl, keyPrefix } = testRedis();
    const { url: mysqlUrl } = await testDatabase();
    const env = { REDIS_URL: redisUrl, REDIS_KEY_PREFIX: keyPrefix, MYSQL_URL: mysqlUrl };
    await using service = await startService({ name: "coupon", env: { ...env, PORT: "0", METRICS_PORT: "0" } });
    using channel = openChannel(service.address, { retry: false, defaultTimeoutMs: 60_000 });
    const coupons = createClient(CouponService, channel);

    const couponId = await createCoupon(createClient(CouponAdminService, channel));
    expect(await coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({ issueNo: 1 });
    const health = await fetch(`http://${service.metrics}/healthz`);
    const metrics = await fetch(`http://${service.metrics}/metrics`);

    expect(health.status).toBe(200);
    expect(await metrics.text()).toContain('firstcome_issue_outcomes_total{outcome="ACCEPTED",service="coupon"} 1');
    expect(await service.stop()).toMatchObject({ code: 0 });
    expect(service.lastLines.at(-1)).toContain('"msg":"stopped"');
  });
});
