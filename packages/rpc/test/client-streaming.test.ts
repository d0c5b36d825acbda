import { CouponAdminService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code } from "../src/index.ts";
import { couponAdmin } from "./support/coupons.ts";
import { collect, connect, failureOf } from "./support/serve.ts";

describe("client streaming", () => {
  it("reads every request and answers once", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          let accepted = 0;
          for await (const { userIds } of requests) accepted += userIds.length;
          return { accepted };
        },
      }),
    );
    const requests = Array.from({ length: 200 }, (_, i) => ({ couponId: "1", userIds: [`a${i}`, `b${i}`] }));
    expect(await client.grantCoupons(requests)).toMatchObject({ accepted: 400 });
  });

  it("may be answered before everything was read", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          await requests[Symbol.asyncIterator]().next();
          return { soldOut: 1 };
        },
      }),
    );
    async function* forever() {
      for (;;) yield { couponId: "1", userIds: ["mina"] };
    }
    expect(await client.grantCoupons(forever())).toMatchObject({ soldOut: 1 });
  });

  it("fails with what the requests threw, and the handler never takes half for a whole", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: handled, resolve: handle } = Promise.withResolvers<unknown>();
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          await requests[Symbol.asyncIterator]().next();
          begin();
          handle(await failureOf(collect(requests)));
          return {};
        },
      }),
    );
    const broken = new Error("the file ended early");
    async function* grants() {
      yield { couponId: "1", userIds: ["mina"] };
      await begun;
      throw broken;
    }
    expect(await failureOf(client.grantCoupons(grants()))).toBe(broken);
    expect(await handled).toMatchObject({ code: Code.CANCELLED });
  });
});
