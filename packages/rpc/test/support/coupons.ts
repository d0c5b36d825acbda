import type { DescService } from "@bufbuild/protobuf";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { Code, implement, RpcError, type ServiceHandlers, type ServiceImplementation } from "../../src/index.ts";

// The real contract with stand-in handlers: it has a method of each kind, field rules and access rules.

export function coupons(handlers: Partial<ServiceHandlers<typeof CouponService>>): ServiceImplementation {
  return implement(CouponService, { ...unimplemented(CouponService), ...handlers });
}

export function couponAdmin(handlers: Partial<ServiceHandlers<typeof CouponAdminService>>): ServiceImplementation {
  return implement(CouponAdminService, { ...unimplemented(CouponAdminService), ...handlers });
}

function unimplemented<S extends DescService>(service: S): ServiceHandlers<S> {
  const refuse = (): never => {
    throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
  };
  const handlers: Partial<Record<string, unknown>> = Object.fromEntries(
    service.methods.map((method) => [method.localName, refuse]),
  );
  return handlers as ServiceHandlers<S>;
}
