import { Code, mintToken } from "@firstcome/rpc";
import { findFreePort, type ServiceProcess, startService } from "@firstcome/stack";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFirstcomeClient, type FirstcomeClient } from "../src/index.ts";
import { numberOf, numbersOf, oneTo, users } from "./support/issuing.ts";

const SECRET = "a secret that is long enough for HS256";
const PATIENT = { timeoutMs: 60_000 };

let start: () => Promise<ServiceProcess>;
let service: ServiceProcess;
let admin: FirstcomeClient;
let client: FirstcomeClient;

beforeAll(async () => {
  const { url, keyPrefix } = testRedis();
  const env = {
    REDIS_URL: url,
    REDIS_KEY_PREFIX: keyPrefix,
    MYSQL_URL: (await testDatabase()).url,
    AUTH_JWT_SECRET: SECRET,
    PORT: String(await findFreePort()),
  };
  start = () => startService({ name: "coupon", env });
  service = await start();
  admin = await clientOf("admin", "operator");
  client = await clientOf("service", "shop");
});
afterAll(async () => {
  client.close();
  admin.close();
  await service.stop();
});

describe("issue, with the coupon service", () => {
  it("gives 3 000 users at once the numbers 1 to 3 000", async () => {
    const couponId = await createCoupon(3_000);
    const answers = await Promise.all(users(3_000).map((user) => client.issue(couponId, user)));
    expect(numbersOf(answers)).toEqual(oneTo(3_000));
    expect(await client.issue(couponId, "late")).toEqual({ outcome: "SOLD_OUT" });
  });

  it("gives one user who asks three times at once one number", async () => {
    const couponId = await createCoupon(10);
    const answers = await Promise.all(["ann", "ann", "ann"].map((user) => client.issue(couponId, user)));
    expect(answers.map(numberOf)).toEqual([1, 1, 1]);
    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(["ACCEPTED", "ALREADY_ISSUED", "ALREADY_ISSUED"]);
    expect(await client.issue(couponId, "bob")).toMatchObject({ outcome: "ACCEPTED", issueNo: 2 });
  });

  it("says of an unknown coupon what a single call says", async () => {
    await expect(client.issue("123456", "ann")).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
    });
  });

  it("falls back to single calls for a user, who is no service", async () => {
    const couponId = await createCoupon(10);
    using ann = await clientOf("user", "ann");
    expect(await ann.issue(couponId, "ann")).toMatchObject({ outcome: "ACCEPTED", issueNo: 1 });
    await expect(ann.issue(couponId, "bob")).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
  });

  it("answers every caller, with the same numbers, when the service is killed and comes back", async () => {
    const couponId = await createCoupon(3_000);
    const all = users(3_000);
    const calls = all.slice(0, 1_000).map((user) => client.issue(couponId, user, PATIENT));
    await Promise.race(calls);
    // Some are on their way, some decided, some still to be sent.
    for (const user of all.slice(1_000)) calls.push(client.issue(couponId, user, PATIENT));
    await service.kill();
    service = await start();
    const answers = await Promise.all(calls);
    expect(numbersOf(answers)).toEqual(oneTo(3_000));

    const again = await Promise.all(all.map((user) => client.issue(couponId, user, PATIENT)));
    expect(again.map(numberOf)).toEqual(answers.map(numberOf));
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(["ALREADY_ISSUED"]));
  });
});

async function clientOf(role: "admin" | "service" | "user", subject: string): Promise<FirstcomeClient> {
  const token = await mintToken({ secret: SECRET, role, subject });
  return createFirstcomeClient({ coupon: service.address, token });
}

async function createCoupon(quantity: number): Promise<string> {
  const { coupon } = await admin.couponAdmin.createCoupon({
    requestId: randomUUID(),
    name: "a coupon",
    quantity,
    discount: { kind: { case: "amountOffKrw", value: 1_000n } },
  });
  if (!coupon) throw new Error("the answer has no coupon");
  return coupon.id;
}
