import type { FirstcomeClient } from "@firstcome/client";
import type { Stats } from "@firstcome/contracts/dispatch";
import type { ServiceProcess } from "@firstcome/stack";
import { connect } from "./crowd.ts";
import { openShop, type Shop, type Stores } from "./shop.ts";

/** What issues coupons, as processes: one coupon service, one dispatcher, two issuers. */
export interface IssuingStand {
  readonly shop: Shop;
  readonly client: FirstcomeClient;
  readonly issuers: readonly ServiceProcess[];
  /** What the dispatcher says of itself and of the hand-off. */
  stats(): Promise<Stats>;
  /** The sum of a metric over the issuers: of all its series whose text begins so. */
  issuerMetric(name: string): Promise<number>;
}

/** @param env of the dispatcher */
export async function startIssuingStand(stores: Stores, env: Record<string, string> = {}): Promise<IssuingStand> {
  const shop = await openShop(stores);
  const [coupon, dispatcher] = await Promise.all([shop.start("coupon"), shop.start("dispatcher", env)]);
  const startIssuer = (): Promise<ServiceProcess> => shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address });
  const issuers = await Promise.all([startIssuer(), startIssuer()]);
  const client = connect({ coupon: coupon.address, dispatch: dispatcher.address });
  return {
    shop,
    client,
    issuers,
    async stats() {
      const { stats } = await client.dispatchAdmin.getStats({});
      if (!stats) throw new Error("answered without stats");
      return stats;
    },
    async issuerMetric(name) {
      const values = await Promise.all(issuers.map(({ metrics }) => sumOf(metrics, name)));
      return values.reduce((sum, value) => sum + value, 0);
    },
  };
}

async function sumOf(address: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const series = text.split("\n").filter((line) => line.startsWith(name));
  return series.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
