import { CouponAdminService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { answeringWith, Code, unavailable } from "../src/index.ts";
import { couponAdmin } from "./support/coupons.ts";
import { collect, connect, failureOf } from "./support/serve.ts";

class StoreAwayError extends Error {}

const { answering, streaming } = answeringWith((error) =>
  error instanceof StoreAwayError ? unavailable("GATE_UNAVAILABLE", "gone") : error,
);

describe("answeringWith", () => {
  it("gives a fault its status, before an answer and in the middle of a stream", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        getCoupon: answering(async () => {
          throw new StoreAwayError();
        }),
        watchCoupon: streaming(async function* watch() {
          yield { accepted: 1 };
          throw new StoreAwayError();
        }),
      }),
    );

    const told = { code: Code.UNAVAILABLE, reason: "GATE_UNAVAILABLE" };
    expect(await failureOf(client.getCoupon({ couponId: "1" }))).toMatchObject(told);
    expect(await failureOf(collect(client.watchCoupon({ couponId: "1" })))).toMatchObject(told);
  });

  it("leaves answers and other errors as they are", async () => {
    const other = new Error("a mistake");
    const failing = answering(async () => {
      throw other;
    });
    const echoing = answering(async (request: string, ctx: string) => [request, ctx]);

    expect(await failureOf(failing("request", "ctx"))).toBe(other);
    expect(await echoing("request", "ctx")).toEqual(["request", "ctx"]);
  });

  it("ends a stream's handler when its reader leaves", async () => {
    let left = false;
    const counting = streaming(async function* count() {
      try {
        for (let n = 1; ; n += 1) yield n;
      } finally {
        left = true;
      }
    });

    for await (const n of counting("request", "ctx")) if (n === 3) break;

    expect(left).toBe(true);
  });
});
