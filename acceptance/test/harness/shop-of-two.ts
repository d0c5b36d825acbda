import { setTimeout as sleep } from "node:timers/promises";
import type { FirstcomeAddresses } from "@firstcome/client";
import { findFreePort, type ServiceName, type ServiceProcess } from "@firstcome/stack";
import { eventually } from "@firstcome/testkit";
import { connectionsTo } from "./connections-to.ts";
import type { Shop } from "./shop.ts";

/** Two processes of every service, each at an address that it keeps over restarts. */
export interface ShopOfTwo {
  /** Both of each service, as one address of gRPC's own kind: calls go to either. */
  readonly addresses: Required<Pick<FirstcomeAddresses, "coupon" | "order" | "ranking">>;
  /** The steps that each of the processes which changed the schema at their start ran. */
  readonly migrated: readonly (readonly string[])[];
  /**
   * Stops one process of every service in an orderly way, all of them at once, and starts them again. Resolves when everybody
   * who had a connection to one of them has one again, which is what operators wait for before the next restart.
   */
  restart(which: 0 | 1): Promise<void>;
}

/** Longer than two connections are open where one takes the place of the other. */
const REPLACED_WITHIN_MS = 1_000;

/** Starts all ten at once. */
export async function startShopOfTwo(shop: Shop): Promise<ShopOfTwo> {
  const names: readonly ServiceName[] = ["coupon", "dispatcher", "order", "ranking", "issuer"];
  const ports = new Map<ServiceName, readonly [number, number]>();
  for (const name of names) ports.set(name, [await findFreePort(), await findFreePort()]);
  const hosts = (name: ServiceName): string => (ports.get(name) ?? []).map((port) => `127.0.0.1:${port}`).join(",");
  const addresses = {
    coupon: `ipv4:${hosts("coupon")}`,
    order: `ipv4:${hosts("order")}`,
    ranking: `ipv4:${hosts("ranking")}`,
  };
  const env = {
    COUPON_ADDRESS: addresses.coupon,
    ORDER_ADDRESS: addresses.order,
    RANKING_ADDRESS: addresses.ranking,
    DISPATCHER_ADDRESSES: hosts("dispatcher"),
    OUTBOX_CLAIM_MS: "1000",
  };
  const migrated: string[][] = [];
  const onLine = (line: string): void => {
    if (line.includes("the schema is migrated")) migrated.push((JSON.parse(line) as { steps: string[] }).steps);
  };
  const start = (name: ServiceName, which: 0 | 1): Promise<ServiceProcess> =>
    shop.start(name, { ...env, PORT: String(ports.get(name)?.[which]) }, onLine);
  const pairs = await Promise.all(
    names.map(async (name) => ({ name, pair: await Promise.all([start(name, 0), start(name, 1)]) })),
  );
  return {
    addresses,
    migrated,
    async restart(which) {
      await Promise.all(
        pairs.map(async ({ name, pair }) => {
          const port = Number(ports.get(name)?.[which]);
          const before = await lastingConnectionsTo(port);
          const { code, signal } = await pair[which].stop();
          if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}:\n${pair[which].lastLines.join("\n")}`);
          pair[which] = await start(name, which);
          await eventually(async () => (await connectionsTo(port)) >= before);
        }),
      );
    },
  };
}

/** Without those that are being replaced, which nobody opens again. */
async function lastingConnectionsTo(port: number): Promise<number> {
  const one = await connectionsTo(port);
  await sleep(REPLACED_WITHIN_MS);
  return Math.min(one, await connectionsTo(port));
}
