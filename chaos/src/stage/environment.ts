import { COUPONS, DISPATCHERS, type Link, SERVICES, type ServiceTitle, WORKERS } from "../topology.ts";

/** Whose days count. */
export const TIME_ZONE = "Asia/Seoul";
export const PARTITIONS = 16;

/**
 * What goes wrong is noticed within a second or two here, and within half a minute in real life: so that in a minute and a
 * half of faults all that waits for something to be noticed comes to pass.
 */
const IMPATIENT = {
  DISPATCH_HEARTBEAT_MS: "500",
  DISPATCH_DEADLINE_MS: "2000",
  DISPATCH_KEEP_ALIVE_MS: "500",
  DISPATCH_CLAIM_MIN_IDLE_MS: "1500",
  DISPATCH_STREAM_MAX_AGE_MS: "20000",
  ISSUER_MAX_HOLD_MS: "5000",
  OUTBOX_CLAIM_MS: "5000",
};

/** What the witnesses rely on, whatever this process's own environment says. */
const FIXED = {
  BUSINESS_TIME_ZONE: TIME_ZONE,
  REDIS_KEY_PREFIX: "",
  GATE_PARTITIONS: String(PARTITIONS),
};

/**
 * The settings of a service whose every connection leads through a proxy.
 *
 * @param stores their own URLs
 * @param addressOf the proxy of a link
 */
export function environmentOf(
  title: ServiceTitle,
  stores: { readonly redis: string; readonly mysql: string },
  addressOf: (link: Link) => string,
): Record<string, string> {
  const to = (url: string, link: Link): string => {
    const proxied = new URL(url);
    proxied.host = addressOf(link);
    return proxied.href;
  };
  const redis = (): Record<string, string> => ({ REDIS_URL: to(stores.redis, `${title}>redis`) });
  const mysql = (): Record<string, string> => ({ MYSQL_URL: to(stores.mysql, `${title}>mysql`) });
  // Any free port, another at each start: the proxy finds it, and nobody can take it in between.
  const common = { ...IMPATIENT, ...FIXED, WORKERS: String(WORKERS[title] ?? 1), PORT: "0" };
  switch (SERVICES[title]) {
    case "coupon":
      return { ...common, ...redis(), ...mysql() };
    case "dispatcher":
      return { ...common, ...redis() };
    case "issuer": {
      const dispatchers = DISPATCHERS.map((dispatcher) => addressOf(`${title}>${dispatcher}`));
      return { ...common, ...mysql(), DISPATCHER_ADDRESSES: dispatchers.join(","), ISSUER_NAME: title };
    }
    case "order": {
      // Both coupon services, as a name with two addresses would give them.
      const coupons = COUPONS.map((coupon) => addressOf(`${title}>${coupon}`));
      return {
        ...common,
        ...mysql(),
        COUPON_ADDRESS: `ipv4:${coupons.join(",")}`,
        RANKING_ADDRESS: addressOf(`${title}>ranking`),
      };
    }
    case "ranking":
      return { ...common, ...redis(), ORDER_ADDRESS: addressOf(`${title}>order`) };
    default:
      return SERVICES[title] satisfies never;
  }
}
