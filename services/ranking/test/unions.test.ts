import { eventually, FakeClock, privateServers } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService, type TestService } from "./support/start-service.ts";

const TOPS = 100;
const DAYS = 7;
const MIDNIGHT = Date.UTC(2030, 0, 2, 15);
const { redis: server } = await privateServers("redis");
const order = await startOrderService();
const clock = new FakeClock(MIDNIGHT - 60_000);

async function startAnother(env?: NodeJS.ProcessEnv): Promise<TestService> {
  return startTestService({ order, clock, redis: { url: server.url, keyPrefix: "" }, ...(env && { env }) });
}

/** How many times Redis has added up days. */
async function unions({ redis }: TestService): Promise<number> {
  return Number(/cmdstat_zunionstore:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
}

/** Asks a process for all that the contract allows, at once. */
async function askForAll({ service }: TestService): Promise<void> {
  const kinds = Array.from({ length: TOPS * DAYS }, (_, i) => ({
    top: 1 + (i % TOPS),
    days: 1 + Math.floor(i / TOPS),
  }));
  await Promise.all(kinds.map((query) => service.app.answers.get(query)));
}

describe("700 kinds of popular products, asked of two processes", () => {
  it("take one union for each number of days; and one more at midnight, which serves the refresh as well", async () => {
    const processes = [await startAnother(), await startAnother()] as const;
    const { redis, keys } = processes[0];

    // Nothing is sold, so that 1 400 answers need nothing of the order service.
    await Promise.all(processes.map(askForAll));
    expect(await unions(processes[0])).toBe(DAYS);

    clock.set(MIDNIGHT);
    await Promise.all(processes.map(askForAll));
    expect(await unions(processes[0])).toBe(2 * DAYS);

    await redis.del(keys.popular(5, 3));
    await startAnother({ POPULAR_REFRESH_CRON: "* * * * * *" });
    await eventually(async () => (await redis.exists(keys.popular(5, 3))) === 1);
    expect(await unions(processes[0])).toBe(2 * DAYS);
  });
});
