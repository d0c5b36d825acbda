import { setTimeout as sleep } from "node:timers/promises";
import {
  type Fault,
  isLinkFault,
  isRowFault,
  type LinkFault,
  type ProcessFault,
  type RowFault,
} from "../plan/fault.ts";
import type { TcpProxy } from "../proxy/tcp-proxy.ts";
import type { Actor } from "../stage/actor.ts";
import type { Stage } from "../stage/stage.ts";

/** A fault as it came to pass. Epoch ms; it has ended when what it broke is whole again, and what it killed is ready. */
export interface Struck {
  readonly fault: Fault;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** What can be broken. */
export type Breakable = Pick<Stage, "actors" | "proxies"> & {
  readonly rowRule: Pick<Stage["rowRule"], "impose" | "lift">;
};

/**
 * Breaks something, waits, and makes it whole again.
 *
 * @throws what keeps a process from being started again
 */
export async function strike(fault: Fault, { actors, proxies, rowRule }: Breakable): Promise<Struck> {
  const begunAt = Date.now();
  if (isLinkFault(fault)) await breakLink(found(proxies.get(fault.target), fault), fault);
  else if (isRowFault(fault)) await refuseRows(rowRule, fault);
  else await hitProcess(found(actors.get(fault.target), fault), fault);
  return { fault, begunAt, endedAt: Date.now() };
}

async function hitProcess(actor: Actor, { kind, lastsMs }: ProcessFault): Promise<void> {
  switch (kind) {
    case "kill":
      await actor.kill();
      await sleep(lastsMs);
      return actor.start();
    case "restart":
      await actor.stop();
      return actor.start();
    case "freeze":
      await actor.freeze();
      await sleep(lastsMs);
      return actor.thaw();
    default:
      return kind satisfies never;
  }
}

async function breakLink(
  proxy: TcpProxy,
  { kind, lastsMs, byMs = 0, direction = "requests" }: LinkFault,
): Promise<void> {
  switch (kind) {
    case "cut":
      return proxy.cut();
    case "refuse":
      proxy.refuse();
      proxy.cut();
      await sleep(lastsMs);
      return proxy.accept();
    case "delay":
      for (const valve of [proxy.requests, proxy.answers]) valve.delay(byMs);
      await sleep(lastsMs);
      for (const valve of [proxy.requests, proxy.answers]) valve.delay(0);
      return;
    case "stall":
      proxy[direction].shut();
      await sleep(lastsMs);
      return proxy[direction].open();
    default:
      return kind satisfies never;
  }
}

async function refuseRows(rule: Breakable["rowRule"], { lastsMs }: RowFault): Promise<void> {
  try {
    await rule.impose();
    await sleep(lastsMs);
  } finally {
    await rule.lift();
  }
}

function found<T>(target: T | undefined, fault: Fault): T {
  if (target === undefined) throw new TypeError(`there is no ${fault.target} on the stage`);
  return target;
}
