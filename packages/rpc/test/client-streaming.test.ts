import { CouponAdminService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, unavailable } from "../src/index.ts";
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

  it("lets go of requests that it waits for when the call is over", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          await requests[Symbol.asyncIterator]().next();
          throw unavailable("GATE_UNAVAILABLE", "gone");
        },
      }),
    );
    const { promise: letGo, resolve: onReturn } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end } = Promise.withResolvers<IteratorReturnResult<undefined>>();
    let asked = 0;
    const queue = {
      [Symbol.asyncIterator]: () => queue,
      async next() {
        asked += 1;
        return asked === 1 ? { done: false as const, value: { couponId: "1", userIds: ["mina"] } } : await ended;
      },
      async return(): Promise<never> {
        end({ done: true, value: undefined });
        onReturn();
        throw new Error("nobody hears of it");
      },
    };
    expect(await failureOf(client.grantCoupons(queue))).toMatchObject({ code: Code.UNAVAILABLE });
    await letGo;
  });

  it("leaves requests alone that have ended by themselves", async () => {
    let returned = 0;
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          return { accepted: (await collect(requests)).length };
        },
      }),
    );
    const left = [1, 2, 3];
    const source = {
      [Symbol.asyncIterator]: () => source,
      next: async () =>
        left.pop() === undefined
          ? { done: true as const, value: undefined }
          : { done: false as const, value: { couponId: "1", userIds: ["mina"] } },
      return: async () => ({ done: true as const, value: (returned += 1) }),
    };
    expect(await client.grantCoupons(source)).toMatchObject({ accepted: 3 });
    expect(returned).toBe(0);
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
