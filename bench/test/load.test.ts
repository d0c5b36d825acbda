import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEcho } from "../src/contestants/echo/echo.ts";
import type { Front } from "../src/contestants/front.ts";
import { Generator } from "../src/load/generator.ts";
import type { LoadOrder } from "../src/load/orders.ts";

let echo: Front;
let generator: Generator;

beforeAll(async () => {
  echo = await startEcho();
  generator = new Generator();
});
afterAll(async () => {
  await generator[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});

const ACCEPTED = 1;
const DEADLINE_MS = 60_000;

async function load(order: Pick<LoadOrder, "method" | "users" | "connections" | "pace">) {
  return await generator.run({ ...order, address: echo.address, couponId: "1", first: 0 }, DEADLINE_MS);
}

describe("the load generator", () => {
  it("asks once for each user by unary calls, over several connections", async () => {
    const done = await load({
      method: "unary",
      users: 2_000,
      connections: 3,
      pace: { kind: "closed", asks: 100, batch: 1 },
    });
    expect(done.outcomes[ACCEPTED]).toBe(2_000);
    expect(done.failed).toBe(0);
    expect(new Set(done.issueNos).size).toBe(2_000);
  });

  it("asks once for each user in batches larger than the server's windows", async () => {
    // 40 batches of some 11 kB at once on a connection that may have 64 kB under way.
    const done = await load({
      method: "stream",
      users: 100_000,
      connections: 1,
      pace: { kind: "closed", asks: 40, batch: 1_000 },
    });
    expect(done.outcomes[ACCEPTED]).toBe(100_000);
    expect(new Set(done.issueNos).size).toBe(100_000);
  });

  it("asks at a rate of its own, no sooner than each user comes", async () => {
    for (const method of ["unary", "stream"] as const) {
      const done = await load({ method, users: 301, connections: 2, pace: { kind: "open", perSecond: 1_000 } });
      expect([done.asked, done.outcomes[ACCEPTED], done.failed]).toEqual([301, 301, 0]);
      // The last one comes 300 ms after the first, however fast the answers are.
      expect(done.ms).toBeGreaterThanOrEqual(300);
    }
  });

  it("says so when there is nobody to ask", async () => {
    const nowhere = { address: "127.0.0.1:1", couponId: "1", first: 0, users: 1, connections: 1 };
    const pace = { kind: "closed", asks: 1, batch: 1 } as const;
    await expect(generator.run({ ...nowhere, method: "unary", pace }, DEADLINE_MS)).rejects.toThrow("ECONNREFUSED");
  });
});
