import { findFreePort, isPortFree } from "@firstcome/stack";

/** The usual gRPC ports. */
const USUAL = { coupon: 50_051, ranking: 50_052, order: 50_053, dispatcher: 50_054 } as const;

export type Ports = Record<keyof typeof USUAL, number>;

/** For each service the port set by environment (`COUPON_PORT`, …), or the usual one, or any when that is taken. */
export async function choosePorts(env: NodeJS.ProcessEnv = process.env): Promise<Ports> {
  const choose = async (service: keyof Ports): Promise<number> => {
    const set = env[`${service.toUpperCase()}_PORT`];
    if (set) return Number(set);
    return (await isPortFree(USUAL[service])) ? USUAL[service] : findFreePort();
  };
  const [coupon, ranking, order, dispatcher] = await Promise.all([
    choose("coupon"),
    choose("ranking"),
    choose("order"),
    choose("dispatcher"),
  ]);
  return { coupon, ranking, order, dispatcher };
}
