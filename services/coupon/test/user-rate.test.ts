import { CouponAdminService, CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { type Client, Code, createClient, mintToken, openChannel, type RoleName } from "@firstcome/rpc";
import { cleanUpAfterFile } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { collect } from "./support/read.ts";
import { startTestService } from "./support/start-service.ts";

const secret = "a secret of at least thirty-two characters";
// One in a thousand seconds: nobody's burst comes back while a test runs.
const env = { AUTH_JWT_SECRET: secret, ISSUE_RATE_PER_USER: "0.001", ISSUE_BURST_PER_USER: "3" };
const { service } = await startTestService(env);

async function clientAs(
  role: RoleName,
  subject: string,
): Promise<{ coupons: Client<typeof CouponService>; admin: Client<typeof CouponAdminService> }> {
  const channel = openChannel(service.address, { token: await mintToken({ secret, role, subject }), retry: false });
  cleanUpAfterFile(async () => channel.close());
  return { coupons: createClient(CouponService, channel), admin: createClient(CouponAdminService, channel) };
}

const couponId = await createCoupon((await clientAs("admin", "operator")).admin);
const limited = { code: Code.RESOURCE_EXHAUSTED, reason: "RATE_LIMITED" };

describe("IssueCoupon with ISSUE_RATE_PER_USER", () => {
  it("answers a user's burst, and after it says when to ask again", async () => {
    const { coupons } = await clientAs("user", "kim");
    const request = { couponId, userId: "kim" };
    const outcomes = [];
    for (let i = 0; i < 3; i += 1) outcomes.push((await coupons.issueCoupon(request)).outcome);
    expect(outcomes).toEqual([IssueOutcome.ACCEPTED, IssueOutcome.ALREADY_ISSUED, IssueOutcome.ALREADY_ISSUED]);
    await expect(coupons.issueCoupon(request)).rejects.toMatchObject({ ...limited, retryAfterMs: expect.any(Number) });
  });

  it("counts for the user whoever calls, and for nobody else", async () => {
    const { coupons } = await clientAs("service", "shop");
    for (let i = 0; i < 3; i += 1) await coupons.issueCoupon({ couponId, userId: "lee" });
    await expect(coupons.issueCoupon({ couponId, userId: "lee" })).rejects.toMatchObject(limited);
    expect((await coupons.issueCoupon({ couponId, userId: "park" })).outcome).toBe(IssueOutcome.ACCEPTED);
  });

  it("lets nobody use up what is another's", async () => {
    const { coupons } = await clientAs("user", "eve");
    for (let i = 0; i < 5; i += 1) {
      const refused = { code: Code.PERMISSION_DENIED, reason: "NOT_YOUR_USER" };
      await expect(coupons.issueCoupon({ couponId, userId: "choi" })).rejects.toMatchObject(refused);
    }
    const choi = await clientAs("user", "choi");
    expect((await choi.coupons.issueCoupon({ couponId, userId: "choi" })).outcome).toBe(IssueOutcome.ACCEPTED);
  });

  it("leaves no way round it: the batched stream is for services only", async () => {
    const { coupons } = await clientAs("user", "kim");
    const stream = coupons.issueCoupons();
    const refused = { code: Code.PERMISSION_DENIED, reason: "ROLE_NOT_ALLOWED" };
    await expect(collect(stream)).rejects.toMatchObject(refused);
  });
});
