import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { migrate, openDatabase } from "@firstcome/database";
import { connectRedis } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import type { LocalServer } from "@firstcome/stack";
import { eventually, privateServers, testDatabase } from "@firstcome/testkit";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { playFaults } from "../src/faults/play-faults.ts";
import { type Breakable, strike } from "../src/faults/strike.ts";
import type { Fault, LinkFault, ProcessFault, RowFault } from "../src/plan/fault.ts";
import { TcpProxy } from "../src/proxy/tcp-proxy.ts";
import { RowRule } from "../src/stage/row-rule.ts";
import { storeActor } from "../src/stage/store-actor.ts";

let redis: LocalServer;
let proxy: TcpProxy;
let mysqlUrl: string;
let stage: Breakable;

beforeAll(async () => {
  ({ redis } = await privateServers("redis"));
  ({ url: mysqlUrl } = await testDatabase());
});
beforeEach(async () => {
  proxy = await TcpProxy.listen(() => Number(new URL(redis.url).port));
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  stage = {
    actors: new Map([["redis", storeActor(redis)]]),
    proxies: new Map([["coupon-1>redis", proxy]]),
    rowRule: new RowRule(mysqlUrl),
  };
});

function hit(kind: ProcessFault["kind"], times: Partial<ProcessFault> = {}): Fault {
  return { no: 1, atMs: 0, lastsMs: 20, kind, target: "redis", ...times };
}

function broken(kind: LinkFault["kind"], how: Partial<LinkFault> = {}): Fault {
  return { no: 1, atMs: 0, lastsMs: 200, kind, target: "coupon-1>redis", ...how };
}

/** What a PING through the proxy comes to. */
async function ping(): Promise<"PONG" | "reset"> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  const { promise, resolve } = Promise.withResolvers<"PONG" | "reset">();
  socket.on("data", () => resolve("PONG")).on("error", () => resolve("reset"));
  socket.write("PING\r\n");
  return promise;
}

function isFrozen(): boolean {
  const stat = readFileSync(`/proc/${redis.pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

describe("strike", () => {
  it.each(["kill", "restart"] as const)("can %s a store, which comes back with its data", async (kind) => {
    const before = redis.pid;
    await remember(kind);
    const { begunAt, endedAt } = await strike(hit(kind), stage);
    expect(endedAt).toBeGreaterThanOrEqual(begunAt);
    expect(redis.pid).not.toBe(before);
    expect(await remembered()).toBe(kind);
  });

  it.runIf(process.platform === "linux")("can freeze a store, and thaws it", async () => {
    const actor = storeActor(redis);
    let wasFrozen = false;
    const thaw = async (): Promise<void> => {
      await eventually(isFrozen);
      wasFrozen = true;
      await actor.thaw();
    };
    await strike(hit("freeze"), { ...stage, actors: new Map([["redis", { ...actor, thaw }]]) });
    expect(wasFrozen).toBe(true);
    await eventually(() => !isFrozen());
    expect(await ping()).toBe("PONG");
  });

  it("can cut the connections of a link", async () => {
    const open = connect({ port: proxy.port, host: "127.0.0.1" });
    const ended = new Promise((resolve) => void open.on("error", resolve));
    await eventually(() => proxy.connections === 1);
    await strike(broken("cut"), stage);
    await ended;
    expect(await ping()).toBe("PONG");
  });

  it("can have a link refuse everyone for a while", async () => {
    // For longer than this process may stand still between the two.
    const struck = strike(broken("refuse", { lastsMs: 10_000 }), stage);
    expect(await ping()).toBe("reset");
    await struck;
    expect(await ping()).toBe("PONG");
  });

  it("can delay what passes through a link, both ways, for a while", async () => {
    const valves = [proxy.requests, proxy.answers].map((valve) => vi.spyOn(valve, "delay"));
    await strike(broken("delay", { byMs: 30 }), stage);
    for (const delay of valves) expect(delay.mock.calls).toEqual([[30], [0]]);
    expect(await ping()).toBe("PONG");
  });

  it.each([broken("stall", { direction: "answers" }), broken("stall")])(
    "can hold a link back for a while: $kind $direction",
    async (fault) => {
      const struck = strike(fault, stage);
      let over = false;
      const heldBack = ping().then((answer) => ({ answer, over }));
      await struck;
      over = true;
      const { answer, over: overBefore } = await heldBack;
      expect(answer).toBe("PONG");
      // Nothing came through while it lasted.
      expect(overBefore).toBe(true);
      expect(await ping()).toBe("PONG");
    },
  );

  it("can have MySQL refuse the rows of some winners for a while, and of nobody else", async () => {
    await using database = await openDatabase({ url: mysqlUrl, poolSize: 1, log: silentLogger });
    await migrate(database);
    let no = 0;
    const write = (userId: string): Promise<unknown> =>
      database.pool.query(
        "INSERT INTO user_coupon (coupon_id, issue_no, user_id, accepted_at) VALUES (1, ?, ?, NOW(3))",
        [(no += 1), userId],
      );
    const rule = new RowRule(mysqlUrl);
    const lift = async (): Promise<void> => {
      await expect(write("user-13")).rejects.toMatchObject({ sqlState: "45000" });
      await expect(write("user-14")).resolves.toBeDefined();
      await rule.lift();
    };
    const fault: RowFault = { no: 1, atMs: 0, lastsMs: 0, kind: "refuse-rows", target: "mysql" };
    await strike(fault, { ...stage, rowRule: { impose: () => rule.impose(), lift } });
    await expect(write("user-13")).resolves.toBeDefined();
  });
});

describe("playFaults", () => {
  it("lets a target suffer one fault after the other, and different ones at once", async () => {
    const events: string[] = [];
    const plan: Fault[] = [
      hit("freeze", { no: 1, lastsMs: 400 }),
      { ...broken("refuse"), no: 2, lastsMs: 100 },
      hit("freeze", { no: 3, lastsMs: 10 }),
    ];
    const struck = await playFaults(plan, stage, ({ no }, what) => void events.push(`${no} ${what}`));
    expect(events.filter((event) => !event.startsWith("2"))).toEqual(["1 begins", "1 ended", "3 begins", "3 ended"]);
    expect(events.indexOf("2 begins")).toBeLessThan(events.indexOf("1 ended"));
    expect(struck.map(({ fault }) => fault)).toEqual(plan);
  });

  it("fails when something cannot be made whole again, after all else is over", async () => {
    const events: string[] = [];
    const plan: Fault[] = [
      { no: 1, atMs: 0, lastsMs: 0, kind: "kill", target: "mysql" },
      { ...broken("refuse"), no: 2 },
    ];
    const played = playFaults(plan, stage, ({ no }, what) => void events.push(`${no} ${what}`));
    await expect(played).rejects.toThrow("there is no mysql on the stage");
    expect(events).toEqual(["1 begins", "2 begins", "2 ended"]);
  });
});

async function remember(what: string): Promise<void> {
  const client = await connectRedis({ url: redis.url, name: "test" });
  await client.set("remembered", what);
  client.disconnect();
}

async function remembered(): Promise<string | null> {
  const client = await connectRedis({ url: redis.url, name: "test" });
  try {
    return await client.get("remembered");
  } finally {
    client.disconnect();
  }
}
