import { CouponAdminService, CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { type Client, Code, createClient, createTokenSource, openChannel } from "@firstcome/rpc";
import { cleanUpAfterFile } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { collect } from "./support/read.ts";
import { startTestService } from "./support/start-service.ts";

const secret = "a secret of at least thirty-two characters";
const { service } = await startTestService({ AUTH_JWT_SECRET: secret });

type Clients = { coupons: Client<typeof CouponService>; admin: Client<typeof CouponAdminService> };

function clientsAs(role: "user" | "service" | "worker" | "admin", subject: string): Clients {
  const token = createTokenSource({ kind: "secret", secret }, { role, subject });
  const channel = openChannel(service.address, { token, retry: false, defaultTimeoutMs: 60_000 });
  cleanUpAfterFile(async () => channel.close());
  return { coupons: createClient(CouponService, channel), admin: createClient(CouponAdminService, channel) };
}

const kim = clientsAs("user", "kim");
const shop = clientsAs("service", "shop");
const operator = clientsAs("admin", "operator");
const couponId = await createCoupon(operator.admin);

describe("access", () => {
  it("lets a user act for itself, and a service for any user", async () => {
    expect(await kim.coupons.issueCoupon({ couponId, userId: "kim" })).toMatchObject({
      outcome: IssueOutcome.ACCEPTED,
    });
    expect(await shop.coupons.issueCoupon({ couponId, userId: "lee" })).toMatchObject({
      outcome: IssueOutcome.ACCEPTED,
    });
  });

  it("lets no user act for another", async () => {
    const denied = { code: Code.PERMISSION_DENIED, reason: "NOT_YOUR_USER" };
    const request = { couponId, userId: "lee" };

    await expect(kim.coupons.issueCoupon(request)).rejects.toMatchObject(denied);
    await expect(kim.coupons.getUserCoupon(request)).rejects.toMatchObject(denied);
    await expect(kim.coupons.listUserCoupons({ userId: "lee" })).rejects.toMatchObject(denied);
    await expect(collect(kim.coupons.watchUserCoupon(request))).rejects.toMatchObject(denied);
  });

  it("keeps what operators do to operators", async () => {
    const denied = { code: Code.PERMISSION_DENIED };

    for (const { admin } of [kim, shop]) {
      await expect(admin.pauseCoupon({ couponId })).rejects.toMatchObject(denied);
      await expect(admin.grantCoupons([{ couponId, userIds: ["x"] }])).rejects.toMatchObject(denied);
    }
    await expect(operator.coupons.issueCoupon({ couponId, userId: "x" })).rejects.toMatchObject(denied);
    expect((await kim.admin.getCoupon({ couponId })).accepted).toBe(2);
  });
});
