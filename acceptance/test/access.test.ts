import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Role, rule } from "@firstcome/contracts/access";
import { Code, mintToken, type RoleName } from "@firstcome/rpc";
import { beforeAll, describe, expect, it } from "vitest";
import {
  answersMany,
  methodsOf,
  nameOf,
  pathOf,
  PUBLIC,
  SERVED,
  type ServingProcess,
} from "./bad-input/every-method.ts";
import { framed, type RawAnswer, RawCaller } from "./bad-input/raw-caller.ts";
import { expectWholeWay } from "./harness/buy-and-sell.ts";
import { startWholeShop, type WholeShop } from "./harness/whole-shop.ts";

const secret = "a secret of at least thirty-two characters";
const NAMES = ["coupon", "dispatcher", "order", "ranking"] as const satisfies readonly ServingProcess[];
const ROLES = { user: Role.USER, service: Role.SERVICE, worker: Role.WORKER, admin: Role.ADMIN } as const;

let whole: WholeShop;

beforeAll(async () => {
  whole = await startWholeShop({ env: { AUTH_JWT_SECRET: secret } });
});

async function bearer(role: RoleName, subject: string): Promise<string> {
  return `Bearer ${await mintToken({ secret, role, subject })}`;
}

async function ask(
  name: ServingProcess,
  method: DescMethod,
  authorization: string | undefined,
  message: Uint8Array = new Uint8Array(),
): Promise<RawAnswer> {
  using caller = new RawCaller(whole.processes[name].address);
  return await caller.call({
    path: pathOf(method),
    headers: { authorization },
    chunks: [framed(message)],
    ending: "half-close",
    answersMany: answersMany(method),
  });
}

describe.each(NAMES)("every method of the %s service", (name) => {
  it("is for the roles of its rule, and for no others", async () => {
    const wrong: string[] = [];
    for (const method of methodsOf(SERVED[name])) {
      for (const [role, asRole] of Object.entries(ROLES) as [RoleName, Role][]) {
        const { code, reason } = await ask(name, method, await bearer(role, "kim"));
        const refused = code === Code.PERMISSION_DENIED && reason === "ROLE_NOT_ALLOWED";
        if (refused === getOption(method, rule).roles.includes(asRole))
          wrong.push(`${nameOf(method)} as ${role}: ${reason}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("is for nobody without a token", async () => {
    const wrong: string[] = [];
    for (const method of methodsOf(SERVED[name])) {
      const { code, reason } = await ask(name, method, undefined);
      if (code !== Code.UNAUTHENTICATED || reason !== "TOKEN_MISSING")
        wrong.push(`${nameOf(method)}: ${code} ${reason}`);
    }
    expect(wrong).toEqual([]);
  });

  it("that names a user lets a user act for itself only", async () => {
    const wrong: string[] = [];
    for (const method of methodsOf(SERVED[name]).filter(isForUsers)) {
      const kim = await bearer("user", "kim");
      const others = await ask(name, method, kim, messageOf(method.input, "lee"));
      if (others.code !== Code.PERMISSION_DENIED || others.reason !== "NOT_YOUR_USER")
        wrong.push(`${nameOf(method)} of lee`);
      const own = await ask(name, method, kim, messageOf(method.input, "kim"));
      if (own.code === Code.PERMISSION_DENIED || own.code === Code.INVALID_ARGUMENT)
        wrong.push(`${nameOf(method)} of kim`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("methods that name users", () => {
  it("are these, of those that users may call", () => {
    const all = NAMES.flatMap((name) => methodsOf(SERVED[name])).filter(isForUsers);
    expect(all.map(nameOf)).toEqual([
      "CouponService/IssueCoupon",
      "CouponService/GetUserCoupon",
      "CouponService/ListUserCoupons",
      "CouponService/WatchUserCoupon",
      "OrderService/CreateOrder",
      "OrderService/PayOrder",
      "OrderService/CancelOrder",
      "OrderService/GetOrder",
      "OrderService/ListOrders",
    ]);
  });
});

describe("health and reflection", () => {
  it.each(NAMES)("of the %s service ask for no token", async (name) => {
    for (const method of methodsOf(PUBLIC)) {
      const { code } = await ask(name, method, undefined);
      expect(code).not.toBe(Code.UNAUTHENTICATED);
    }
  });
});

describe("with access control on", () => {
  it("the services still reach each other, and each action of the operator is in a log", async () => {
    const admin = whole.clientWith({ token: await mintToken({ secret, role: "admin", subject: "mina" }) });
    const service = whole.clientWith({ token: await mintToken({ secret, role: "service", subject: "checkout" }) });
    await admin.dispatchAdmin.resumeDispatch({});
    await expectWholeWay({ admin, service }, "kim");
    const audits = whole.lines.filter((line) => line.includes('"audit":true') && line.includes('"subject":"mina"'));
    const done = audits.map((line) => (JSON.parse(line) as { method: string }).method.split(".").at(-1));
    expect(new Set(done)).toEqual(
      new Set([
        "DispatchAdminService/ResumeDispatch",
        "CouponAdminService/CreateCoupon",
        "ProductService/CreateProduct",
        "RankingAdminService/RefreshPopularProducts",
      ]),
    );
  });
});

/** Users may call it, and its request says for whom. */
function isForUsers(method: DescMethod): boolean {
  const named = method.input.fields.some(({ name }) => name === "user_id" || name === "user_ids");
  return named && getOption(method, rule).roles.includes(Role.USER);
}

/** A request that keeps the rules of the contract and is about one user. */
function messageOf(type: DescMessage, userId: string): Uint8Array {
  return toBinary(type, filled(type, userId));
}

function filled(type: DescMessage, userId: string): ReturnType<typeof create> {
  const message = create(type);
  const fields = reflect(type, message);
  for (const field of type.fields) {
    if (field.fieldKind === "scalar") fields.set(field, valueOf(field, userId));
    if (field.fieldKind === "list" && field.message)
      fields.get(field).add(reflect(field.message, filled(field.message, userId)));
  }
  return message;
}

function valueOf({ name, scalar }: DescField, userId: string): string | number | bigint {
  if (scalar !== ScalarType.STRING) return scalar === ScalarType.INT64 ? 1n : 1;
  if (name === "user_id") return userId;
  return name === "page_token" ? "" : "request-1";
}
