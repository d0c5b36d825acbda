import { readFile } from "node:fs/promises";
import { setTimeout as last } from "node:timers/promises";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Health, ServingStatus } from "@firstcome/contracts/health";
import { type Channel, createClient, openChannel } from "@firstcome/rpc";
import type { ServiceProcess } from "@firstcome/stack";
import { cleanUpAfterFile, testDatabase, testRedis } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { openCoupon } from "./harness/crowd.ts";
import { Flood, type FloodOutcome } from "./harness/flood.ts";
import { openShop } from "./harness/shop.ts";

/**
 * At any time 25 000 calls are under way: more than a process serves in a second, and several times what this one takes in one
 * go. Without shedding none of them is served: the process is so long at taking them in that it gives up on Redis meanwhile.
 */
const CONNECTIONS = 25;
const CALLS_EACH = 1_000;
const MAX_TURN_MS = 250;
const FLOOD_MS = 2_000;
/** What the heap may waver by; 25 000 calls that were kept would be several times as much. */
const MEMORY_BYTES = 150 * 2 ** 20;

let coupon: ServiceProcess;
let client: FirstcomeClient;
let channel: Channel;
let couponId: string;
beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  const shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  coupon = await shop.start("coupon", { RPC_MAX_TURN_MS: String(MAX_TURN_MS) });
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
    await flood();
    const before = await residentBytes(coupon.pid);

    const flooding = flood();
    const { status } = await createClient(Health, channel).check({}, { timeoutMs: 60_000 });
    expect(status).toBe(ServingStatus.SERVING);
    const { served, refused } = await flooding;
    expect(served).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
    expect(await shedCalls()).toBeGreaterThan(500);
    expect((await residentBytes(coupon.pid)) - before).toBeLessThan(MEMORY_BYTES);

    const { outcome } = await client.coupons.issueCoupon({ couponId, userId: "afterwards" });
    expect(outcome).toBe(IssueOutcome.ACCEPTED);
  });
});

/** Everybody asks for `FLOOD_MS`; resolves when the last call has ended. */
async function flood(): Promise<FloodOutcome> {
  const floods = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, nth) => Flood.open(coupon.address, couponId, `flood-${nth}`, CALLS_EACH)),
  );
  await last(FLOOD_MS);
  const outcomes = await Promise.all(floods.map((each) => each.stop()));
  return {
    served: outcomes.reduce((sum, { served }) => sum + served, 0),
    refused: outcomes.reduce((sum, { refused }) => sum + refused, 0),
  };
}

async function shedCalls(): Promise<number> {
  const text = await (await fetch(`http://${coupon.metrics}/metrics`)).text();
  return Number(/^firstcome_rpc_calls_shed_total(?:\{.*\})? (\d+)/m.exec(text)?.[1]);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}
