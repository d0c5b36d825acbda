import { CouponAdminService, CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { type Channel, createClient, openChannel } from "@firstcome/rpc";
import { type ServiceProcess, startService } from "@firstcome/stack";
import { eventually, testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { range } from "./support/issue-many.ts";
import { metricAt } from "./support/metric-at.ts";

describe("a service of two processes", () => {
  it("answers at one address from both, and tells their calls as one sum", async () => {
    const service = await startTwo();
    const channels = open(service, 6);
    const couponId = await createCoupon(createClient(CouponAdminService, channels[0]), { quantity: 200 });

    const answers = await Promise.all(
      range(1, 300).map((n) =>
        createClient(CouponService, channels[n % channels.length] as Channel).issueCoupon({
          couponId,
          userId: `u${n}`,
        }),
      ),
    );

    const accepted = answers.filter(({ outcome }) => outcome === IssueOutcome.ACCEPTED);
    expect(accepted.map(({ issueNo }) => issueNo).toSorted((a, b) => a - b)).toEqual(range(1, 200));
    expect(await metricAt(service.metrics, "firstcome_issue_outcomes_total", 'outcome="ACCEPTED"')).toBe(200);
    expect(await metricAt(service.metrics, "firstcome_rpc_calls_total", "IssueCoupon")).toBe(300);
    expect(await metricAt(service.metrics, "firstcome_rpc_call_seconds_count", "IssueCoupon")).toBe(300);
    // Each connection belongs to one process, and each process has some of them: with one that hangs, some do.
    const [, hanging] = service.pids;
    process.kill(hanging as number, "SIGSTOP");
    const answered = new Set<Channel>();
    // Whoever has won: the first to ask need not be.
    const userId = `u${answers.findIndex(({ outcome }) => outcome === IssueOutcome.ACCEPTED) + 1}`;
    const look = (channel: Channel) => createClient(CouponService, channel).getUserCoupon({ couponId, userId });
    const looks = channels.map(async (channel) => {
      await look(channel);
      answered.add(channel);
    });
    await eventually(() => answered.size > 0);
    // Each of these could have been any other's answer.
    for (let turn = 0; turn < 3; turn += 1) await Promise.all([...answered].map(look));
    expect(answered.size).toBeLessThan(channels.length);
    process.kill(hanging as number, "SIGCONT");
    await Promise.all(looks);
  });

  it("finishes the calls of both when it stops, and exits with 0", async () => {
    const service = await startTwo();
    const channels = open(service, 4);
    const couponId = await createCoupon(createClient(CouponAdminService, channels[0]));
    const { promise: stopping, resolve: goOn } = Promise.withResolvers<void>();
    async function* grants(userId: string) {
      yield { couponId, userIds: [`${userId}-a`] };
      await stopping;
      yield { couponId, userIds: [`${userId}-b`] };
    }
    const calls = channels.map((channel, n) => createClient(CouponAdminService, channel).grantCoupons(grants(`u${n}`)));
    await eventually(async () =>
      expect(await metricAt(service.metrics, "firstcome_rpc_calls_running", "GrantCoupons")).toBe(4),
    );

    const stopped = service.stop();
    await eventually(() => expect(service.lastLines.filter((line) => line.includes('"stopping"'))).toHaveLength(3));
    goOn();

    for (const { accepted } of await Promise.all(calls)) expect(accepted).toBe(2);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(service.lastLines.at(-1)).toContain('"msg":"stopped"');
  });

  it("goes on while a killed process is replaced", async () => {
    const service = await startTwo();
    const couponId = await createCoupon(createClient(CouponAdminService, open(service, 1)[0]));
    process.kill(service.pids[1] as number, "SIGKILL");

    const [channel] = open(service, 1);
    const { issueNo } = await createClient(CouponService, channel).issueCoupon({ couponId, userId: "kim" });

    expect(issueNo).toBe(1);
    await eventually(async () => expect((await fetch(`http://${service.metrics}/healthz`)).status).toBe(200));
    expect(service.pids).toHaveLength(3);
    expect(await metricAt(service.metrics, "firstcome_worker_process_deaths_total")).toBe(1);
  });

  it("says once what is wrong with its configuration", async () => {
    const env = { ...(await servers()), WORKERS: "2", MYSQL_URL: "postgres://x" };
    const lines: string[] = [];
    const started = startService({ name: "coupon", env, log: (line) => lines.push(line) });
    await expect(started).rejects.toThrow("ended while it started (exit code 1)");
    expect(lines).toEqual([expect.stringContaining("MYSQL_URL: must be mysql://")]);
  });
});

async function servers(): Promise<Record<string, string>> {
  const { url, keyPrefix } = testRedis();
  const mysqlUrl = (await testDatabase()).url;
  return { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix, MYSQL_URL: mysqlUrl };
}

async function startTwo(): Promise<ServiceProcess> {
  const env = { ...(await servers()), WORKERS: "2", PORT: "0", METRICS_PORT: "0" };
  const service = await startService({ name: "coupon", env });
  onTestFinished(async () => {
    for (const pid of service.running ? service.pids : []) process.kill(pid, "SIGKILL");
    await service.exited;
  });
  return service;
}

/** So many connections. */
function open(service: ServiceProcess, count: number): [Channel, ...Channel[]] {
  const channels = Array.from({ length: count }, () =>
    openChannel(service.address, { retry: false, defaultTimeoutMs: 60_000 }),
  );
  onTestFinished(() => {
    for (const channel of channels) channel.close();
  });
  return channels as [Channel, ...Channel[]];
}
