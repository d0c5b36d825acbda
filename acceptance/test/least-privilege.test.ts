import type { FirstcomeClient } from "@firstcome/client";
import { privateServers } from "@firstcome/testkit";
import { Redis } from "ioredis";
import { createConnection } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import { methodsOf, SERVED, type ServingProcess } from "./bad-input/every-method.ts";
import { sendBadCalls } from "./bad-input/send-bad-calls.ts";
import { expectWholeWay } from "./harness/buy-and-sell.ts";
import { type Accounts, makeAccounts } from "./harness/least-privilege.ts";
import { startWholeShop, type WholeShop } from "./harness/whole-shop.ts";

let accounts: Accounts;
let whole: WholeShop;
let client: FirstcomeClient;

beforeAll(async () => {
  const { redis, mysql } = await privateServers("redis", "mysql");
  const stores = { redisUrl: redis.url, mysqlUrl: mysql.url };
  accounts = await makeAccounts(stores);
  whole = await startWholeShop({ stores, envOf: (name) => accounts.envOf(name) });
  client = whole.clientWith({});
});

describe("with the accounts of deploy/, and no more rights than they have", () => {
  it("the services do their part", async () => {
    await expectWholeWay({ admin: client, service: client }, "kim");
  });

  it.each(["coupon", "dispatcher", "order", "ranking"] as const satisfies ServingProcess[])(
    "every method of the %s service reaches what it needs",
    async (name) => {
      const outcomes = [];
      for (const method of methodsOf(SERVED[name])) {
        outcomes.push(await sendBadCalls(whole.processes[name].address, method, { seed: 1, inputs: 60 }));
      }
      expect(outcomes.flatMap(({ faults }) => faults).slice(0, 3)).toEqual([]);
      expect(outcomes.filter(({ reached }) => reached === 0).map(({ method }) => method)).toEqual([]);
    },
  );

  it("no service was ever refused anything", () => {
    const refusals = whole.lines.filter((line) => /denied|NOPERM|"level":"(error|fatal)"/.test(line));
    expect(refusals.slice(0, 3)).toEqual([]);
  });
});

describe("a service's account", () => {
  it.each<[Parameters<Accounts["mysqlUrlOf"]>[0], string]>([
    ["coupon", "INSERT INTO user_coupon (coupon_id, issue_no, user_id, accepted_at) VALUES (1, 1, 'x', NOW())"],
    ["coupon", "DELETE FROM user_coupon"],
    ["coupon", "SELECT * FROM orders"],
    ["issuer", "UPDATE user_coupon SET status = 'USED'"],
    ["issuer", "DELETE FROM user_coupon"],
    ["issuer", "SELECT * FROM coupon"],
    ["order", "SELECT * FROM user_coupon"],
    ["order", "DELETE FROM orders"],
    ["order", "DROP TABLE outbox"],
    ["coupon", "ALTER TABLE coupon ADD COLUMN x INT"],
    ["migrations", "CREATE USER x"],
    ["migrations", "SELECT * FROM mysql.user"],
  ])("of MySQL does not let %s do: %s", async (name, statement) => {
    const connection = await createConnection(accounts.mysqlUrlOf(name));
    try {
      await expect(connection.query(statement)).rejects.toThrow(/denied/i);
    } finally {
      await connection.end();
    }
  });

  it.each<[Parameters<Accounts["redisUrlOf"]>[0], string]>([
    ["coupon", "GET rank:{sell}:20261121"],
    ["coupon", "FLUSHALL"],
    ["coupon", "CONFIG SET appendfsync no"],
    ["coupon", "KEYS *"],
    ["coupon", "SCRIPT FLUSH"],
    ["coupon", "ACL LIST"],
    ["dispatcher", "HGETALL fc:{p0}:coupon:1"],
    ["dispatcher", "HGET user_coupon:{p0}:1:0 kim"],
    ["dispatcher", "SHUTDOWN NOSAVE"],
    ["ranking", "XADD fc:{p0}:handoff * c 1"],
    ["ranking", "SWAPDB 0 1"],
  ])("of Redis does not let %s do: %s", async (name, command) => {
    const redis = new Redis(accounts.redisUrlOf(name));
    const [verb = "", ...args] = command.split(" ");
    try {
      await expect(redis.call(verb, ...args)).rejects.toThrow("NOPERM");
      const script = `return redis.call(${[verb, ...args].map((word) => `'${word}'`).join(",")})`;
      await expect(redis.eval(script, 0)).rejects.toThrow(/permission|can't|not allowed|denied/i);
    } finally {
      redis.disconnect();
    }
  });
});
