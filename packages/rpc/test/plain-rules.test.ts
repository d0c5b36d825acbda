import { create, type MessageShape } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { DispatchService } from "@firstcome/contracts/dispatch";
import { OrderService } from "@firstcome/contracts/order";
import { RankingService } from "@firstcome/contracts/ranking";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainCheckOf } from "../src/server/plain-rules.ts";
import { anyInit } from "./support/any-message.ts";

const compile = (pattern: string): RegExp => new RegExp(pattern, "u");
const oracle = createValidator({ regexMatch: (pattern, text) => compile(pattern).test(text) });
const services = [CouponService, CouponAdminService, DispatchService, OrderService, RankingService];
const checked = [...new Set(services.flatMap(({ methods }) => methods.map(({ input }) => input)))].flatMap((schema) => {
  const check = plainCheckOf(schema, compile);
  return check ? [[schema.typeName, schema, check] as const] : [];
});

describe.each(checked)("the plain check of %s", (_, schema, check) => {
  it("says of every message what protovalidate says, but for longs that a number cannot hold", () => {
    fc.assert(
      fc.property(anyInit(schema), (init) => {
        const message = create(schema, init);
        const isValid = oracle.validate(schema, message).kind === "valid";
        if (check(message)) expect(isValid).toBe(true);
        else expect(isValid && !hasHugeLong(message)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the plain check", () => {
  it("covers the hot methods", () => {
    const names = checked.map(([name]) => name);
    expect(names).toContain("firstcome.coupon.v1.IssueCouponRequest");
    expect(names).toContain("firstcome.coupon.v1.IssueCouponsRequest");
  });

  it("leaves types with rules that it does not know to protovalidate", () => {
    expect(plainCheckOf(CouponAdminService.method.createCoupon.input, compile)).toBeUndefined();
  });

  it("accepts a user like those that ask, and no other", () => {
    const { input } = CouponService.method.issueCoupon;
    const check = plainCheckOf(input, compile);
    const asked = (couponId: string, userId: string): MessageShape<typeof input> => create(input, { couponId, userId });
    expect(check?.(asked("42", "user-1"))).toBe(true);
    expect(check?.(asked("0", "user-1"))).toBe(false);
    expect(check?.(asked("42", "user 1"))).toBe(false);
    expect(check?.(asked("42", ""))).toBe(false);
  });
});

function hasHugeLong(message: object): boolean {
  return Object.values(message).some((value) => {
    const isLong = typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value));
    return isLong && !Number.isSafeInteger(Number(value));
  });
}
