import { CouponAdminService } from "@firstcome/contracts/coupon";
import { createLogger, type Logger, type LogLevel } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { type Client, createClient, mintToken, notFound, type RoleName } from "../src/index.ts";
import { couponAdmin } from "./support/coupons.ts";
import { collect, failureOf, open, serve } from "./support/serve.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

/** What a log says, line by line. */
function logTo(lines: string[], level: LogLevel): Logger {
  return createLogger({ name: "test", level, destination: { write: (line) => void lines.push(line) } });
}

interface Operators {
  readonly lines: string[];
  as: (role: RoleName, subject: string) => Promise<Client<typeof CouponAdminService>>;
}

async function operators(level: LogLevel = "info"): Promise<Operators> {
  const lines: string[] = [];
  const handlers = couponAdmin({
    createCoupon: async () => ({ coupon: { id: "42" } }),
    async pauseCoupon({ couponId }) {
      if (couponId === "13") throw notFound("COUPON_NOT_FOUND", "no");
      if (couponId === "14") throw new TypeError("a bug");
      return {};
    },
    listCoupons: async () => ({}),
    getCoupon: async () => ({}),
    async *watchCoupon() {
      yield {};
      yield {};
    },
    async grantCoupons(requests) {
      await collect(requests);
      return {};
    },
  });
  const server = await serve([handlers], { auth: { kind: "secret", secret: SECRET }, log: logTo(lines, level) });
  return {
    lines,
    as: async (role, subject) =>
      createClient(CouponAdminService, open(server, { token: await mintToken({ secret: SECRET, role, subject }) })),
  };
}

function audits(lines: readonly string[]): Record<string, unknown>[] {
  const all = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return all
    .filter(({ audit }) => audit === true)
    .map(({ method, principal, target, messages, outcome, reason }) => {
      const facts = { method: String(method).split("/")[1], principal, target, messages, outcome, reason };
      return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
    });
}

const mina = { kind: "admin", subject: "mina" };

describe("what an operator does", () => {
  it("is in the log: who, what, to what, and what came of it", async () => {
    const { as, lines } = await operators();
    const admin = await as("admin", "mina");
    const discount = { kind: { case: "percentOff" as const, value: 10 } };
    await admin.createCoupon({ requestId: "r-1", name: "spring", quantity: 1, discount });
    await admin.pauseCoupon({ couponId: "7" });
    await failureOf(admin.pauseCoupon({ couponId: "13" }));
    await failureOf(admin.pauseCoupon({ couponId: "14" }));
    await collect(admin.watchCoupon({ couponId: "8" }));
    const userIds = Array.from({ length: 30 }, (_, i) => `u${i}`);
    await admin.grantCoupons([
      { couponId: "9", userIds },
      { couponId: "9", userIds },
    ]);

    const target = { couponId: "9", userIds: userIds.slice(0, 10), userIdsCount: 30 };
    expect(audits(lines)).toEqual([
      { method: "CreateCoupon", principal: mina, target: { requestId: "r-1", couponId: "42" }, outcome: "OK" },
      { method: "PauseCoupon", principal: mina, target: { couponId: "7" }, outcome: "OK" },
      {
        method: "PauseCoupon",
        principal: mina,
        target: { couponId: "13" },
        outcome: "NOT_FOUND",
        reason: "COUPON_NOT_FOUND",
      },
      { method: "PauseCoupon", principal: mina, target: { couponId: "14" }, outcome: "INTERNAL" },
      { method: "WatchCoupon", principal: mina, target: { couponId: "8" }, outcome: "OK" },
      { method: "GrantCoupons", principal: mina, target, messages: 2, outcome: "OK" },
    ]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      requestId: expect.any(String),
    });
  });

  it("is in the log of a service that logs errors only", async () => {
    const { as, lines } = await operators("error");
    await (await as("admin", "mina")).pauseCoupon({ couponId: "7" });
    expect(audits(lines)).toHaveLength(1);
  });

  it("is no news when it is done by a service, or may be done by anybody", async () => {
    const { as, lines } = await operators();
    await (await as("service", "order")).listCoupons({});
    await (await as("admin", "mina")).getCoupon({ couponId: "7" });
    expect(audits(lines)).toEqual([]);
  });
});
