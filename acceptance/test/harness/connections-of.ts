import type { ServiceProcess } from "@firstcome/stack";

/** How many connections a service that speaks gRPC has open, as its metrics say. */
export async function connectionsOf({ metrics, name }: ServiceProcess): Promise<number> {
  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const [, open] = /^firstcome_rpc_connections\{.*\} (\d+)$/m.exec(text) ?? [];
  if (open === undefined) throw new Error(`${name} does not say how many connections it has`);
  return Number(open);
}
