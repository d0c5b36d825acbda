import type { FirstcomeAddresses } from "@firstcome/client";
import { findFreePort, type ServiceName, type ServiceProcess } from "@firstcome/stack";
import { eventually } from "@firstcome/testkit";
import { expect } from "vitest";
import { connectionsOf } from "./connections-of.ts";
import type { Shop } from "./shop.ts";

/** Two processes of every service, each at an address that it keeps over restarts. */
export interface ShopOfTwo {
  /** Both of each service, as one address of gRPC's own kind: calls go to either. */
  readonly addresses: Required<Pick<FirstcomeAddresses, "coupon" | "order" | "ranking">>;
  /** The steps that each of the processes which changed the schema at their start ran. */
  readonly migrated: readonly (readonly string[])[];
  /**
   * Stops one process of every service in an orderly way, all of them at once, and starts them again. Resolves when everybody
   * who calls the others calls them as well, which is what operators wait for before the next restart.
   */
  restart(which: 0 | 1): Promise<void>;
}

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
          const { code, signal } = await pair[which].stop();
          if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}:\n${pair[which].lastLines.join("\n")}`);
          pair[which] = await start(name, which);
        }),
      );
      const servers = pairs.filter(({ name }) => name !== "issuer");
      await Promise.all(servers.map(({ pair }) => sharesItsCallers(pair[which], pair[1 - which] as ServiceProcess)));
    },
  };
}

/**
 * Resolves when everybody who has a connection to the other one has one to this one. A caller, by whatever address, has as many
 * connections to the one as to the other, so it is enough to count: whoever has had nothing to call for is not waited for, and
 * one of somebody who has just ended makes it take longer and no more.
 */
async function sharesItsCallers(restarted: ServiceProcess, other: ServiceProcess): Promise<void> {
  await eventually(async () => {
    const callers = await connectionsOf(other);
    expect(await connectionsOf(restarted), `connections of ${restarted.name}`).toBeGreaterThanOrEqual(callers);
  });
}
