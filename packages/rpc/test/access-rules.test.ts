import { readdirSync, readFileSync } from "node:fs";
import { type DescField, type DescMessage, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Role, rule } from "@firstcome/contracts/access";
import * as coupon from "@firstcome/contracts/coupon";
import * as dispatch from "@firstcome/contracts/dispatch";
import * as order from "@firstcome/contracts/order";
import * as ranking from "@firstcome/contracts/ranking";
import { describe, expect, it } from "vitest";

/** Who may call what. A method that is not here, or has another rule in the contract, fails the test. */
const WHO_MAY = {
  "CouponService/IssueCoupon": "user service",
  "CouponService/IssueCoupons": "service",
  "CouponService/GetUserCoupon": "user service",
  "CouponService/ListUserCoupons": "user service",
  "CouponService/WatchUserCoupon": "user service",
  "CouponService/UseCoupon": "service",
  "CouponService/RestoreCoupon": "service",
  "CouponAdminService/CreateCoupon": "admin",
  "CouponAdminService/GetCoupon": "user service admin",
  "CouponAdminService/ListCoupons": "service admin",
  "CouponAdminService/AddStock": "admin",
  "CouponAdminService/PauseCoupon": "admin",
  "CouponAdminService/ResumeCoupon": "admin",
  "CouponAdminService/FinishCoupon": "admin",
  "CouponAdminService/RevokeUserCoupon": "admin",
  "CouponAdminService/WatchCoupon": "service admin",
  "CouponAdminService/RebuildGate": "admin",
  "CouponAdminService/GrantCoupons": "admin",
  "DispatchService/Attach": "worker",
  "DispatchAdminService/ListWorkers": "admin",
  "DispatchAdminService/GetStats": "admin",
  "DispatchAdminService/WatchStats": "admin",
  "DispatchAdminService/PauseDispatch": "admin",
  "DispatchAdminService/ResumeDispatch": "admin",
  "DispatchAdminService/ListDeadLetters": "admin",
  "DispatchAdminService/RedriveDeadLetters": "admin",
  "DispatchAdminService/DiscardDeadLetters": "admin",
  "OrderService/CreateOrder": "user service",
  "OrderService/PayOrder": "user service",
  "OrderService/CancelOrder": "user service",
  "OrderService/GetOrder": "user service",
  "OrderService/ListOrders": "user service",
  "OrderService/ListSales": "service",
  "ProductService/CreateProduct": "admin",
  "ProductService/GetProduct": "user service admin",
  "ProductService/BatchGetProducts": "user service admin",
  "ProductService/ListProducts": "user service admin",
  "ProductService/AddStock": "admin",
  "RankingService/GetPopularProducts": "user service admin",
  "RankingService/WatchPopularProducts": "user service admin",
  "RankingService/RecordSales": "service",
  "RankingAdminService/RefreshPopularProducts": "service admin",
  "RankingAdminService/RebuildDailyRanking": "admin",
};

const services = [coupon, dispatch, order, ranking].flatMap((contract) => Object.values(contract)).filter(isService);
const methods = services.flatMap((service) => service.methods);

describe("the rules of access", () => {
  it("are these, for every method of the contract", () => {
    const inContract = methods.map((method) => {
      const { roles } = hasOption(method, rule) ? getOption(method, rule) : { roles: new Array<Role>() };
      const named = Object.entries(Role).filter(([, role]) => roles.includes(role));
      return [`${method.parent.name}/${method.name}`, named.map(([name]) => name.toLowerCase()).join(" ")];
    });
    expect(Object.fromEntries(inContract)).toEqual(WHO_MAY);
  });

  it("are looked at for every service that a proto of ours declares", () => {
    const folder = new URL("../../../proto/firstcome/", import.meta.url);
    const protos = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".proto"));
    const declared = protos.flatMap<string>((name) =>
      Array.from(
        readFileSync(new URL(name, folder), "utf8").matchAll(/^service (\w+)/gm),
        ([, service = ""]) => service,
      ),
    );
    expect(new Set(services.map(({ name }) => name))).toEqual(new Set(declared));
  });

  it("let a worker attach, and nothing else", () => {
    const ofWorkers = Object.entries(WHO_MAY).filter(([, roles]) => roles.includes("worker"));
    expect(ofWorkers).toEqual([["DispatchService/Attach", "worker"]]);
  });
});

describe("every list in a request", () => {
  it("has a length in the contract that it must not exceed", () => {
    const unbounded = methods.flatMap(({ input }) =>
      listsOf(input)
        .filter((list) => mostOf(list) === 0n)
        .map(String),
    );
    expect(unbounded).toEqual([]);
  });
});

function listsOf(type: DescMessage): DescField[] {
  return type.fields.flatMap((field) => [
    ...(field.fieldKind === "list" ? [field] : []),
    ...(field.message ? listsOf(field.message) : []),
  ]);
}

function mostOf(list: DescField): bigint {
  const { type } = getOption(list, fieldRules);
  return type.case === "repeated" ? type.value.maxItems : 0n;
}

function isService(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
