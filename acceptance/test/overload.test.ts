import { readFile } from "node:fs/promises";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Health, ServingStatus } from "@firstcome/contracts/health";
import { type Channel, Code, createClient, openChannel, RpcError } from "@firstcome/rpc";
import type { ServiceProcess } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, testDatabase, testRedis } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { openCoupon } from "./harness/crowd.ts";
import { Flood, type FloodOutcome } from "./harness/flood.ts";
import { openShop } from "./harness/shop.ts";

/**
 * At any time 16 000 calls are under way, four times as many as the process works on, and each is followed by another at once. If
 * all were taken on, hardly any would be served: taking them in would take so long that the process gives up on Redis meanwhile.
 */
const CONNECTIONS = 16;
const CALLS_EACH = 1_000;
/** Calls served, and calls refused, until a flood ends. */
const ENOUGH = 3_000;
/** What the heap may waver by when it is not short of memory, with room to spare. */
const MEMORY_BYTES = 400 * 2 ** 20;

let coupon: ServiceProcess;
let client: FirstcomeClient;
let channel: Channel;
let couponId: string;
beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  const shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  coupon = await shop.start("coupon");
  client = createFirstcomeClient({ coupon: coupon.address, retry: false, defaultTimeoutMs: 60_000 });
  channel = openChannel(coupon.address, { retry: false });
  cleanUpAfterFile(async () => {
    client.close();
    channel.close();
  });
  couponId = await openCoupon(client, 1_000_000);
  await client.coupons.issueCoupon({ couponId, userId: "the-first" });
});

describe("a coupon service that is asked for far more than it can serve", () => {
  it("serves what it can, sheds the rest, keeps its memory, and is well when the load is gone", async () => {
    // The first flood brings the heap to the size that floods need.
    await (await flood()).stop();
    const before = await residentBytes(coupon.pid);

    const flooding = await flood();
    const { status } = await createClient(Health, channel).check({}, { timeoutMs: 60_000 });
    expect(status).toBe(ServingStatus.SERVING);
    const refusal = await untilRefused();
    expect(refusal).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "OVERLOADED" });
    expect(refusal.retryAfterMs).toBeGreaterThan(0);
    await flooding.stop();
    expect((await residentBytes(coupon.pid)) - before).toBeLessThan(MEMORY_BYTES);

    const shedBefore = await shedCalls();
    expect(shedBefore).toBeGreaterThan(ENOUGH);
    const { outcome } = await client.coupons.issueCoupon({ couponId, userId: "afterwards" });
    expect(outcome).toBe(IssueOutcome.ACCEPTED);
    expect(await shedCalls()).toBe(shedBefore);
  });
});

/** Everybody asks, and has done so for long enough that many were served and many refused. */
async function flood(): Promise<{ stop: () => Promise<unknown> }> {
  const floods = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, nth) => Flood.open(coupon.address, couponId, `flood-${nth}`, CALLS_EACH)),
  );
  const stop = (): Promise<unknown> => Promise.all(floods.map((each) => each.stop()));
  const count = (what: keyof FloodOutcome): number => floods.reduce((sum, { outcome }) => sum + outcome[what], 0);
  await eventually(() => {
    expect(count("served")).toBeGreaterThan(ENOUGH);
    expect(count("refused")).toBeGreaterThan(ENOUGH);
  });
  return { stop };
}

/** What somebody is told who asks in the middle of it, sooner or later. */
async function untilRefused(): Promise<RpcError> {
  for (let nth = 0; ; nth += 1) {
    try {
      await client.coupons.issueCoupon({ couponId, userId: `amid-${nth}` });
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    }
  }
}

async function shedCalls(): Promise<number> {
  const text = await (await fetch(`http://${coupon.metrics}/metrics`)).text();
  return Number(/^firstcome_rpc_calls_shed_total(?:\{.*\})? (\d+)/m.exec(text)?.[1]);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}
