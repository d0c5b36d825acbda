import type { CpuCost } from "../../result.ts";
import type { LegendEntry } from "./chart.ts";

/** What a process does, whatever a contestant calls it: so that bars of different contestants can be compared. */
interface Role extends LegendEntry {
  readonly processes: readonly string[];
}

/** From the caller to the table, the order in which they are stacked. */
const ROLES: readonly Role[] = [
  { label: "accepts calls", color: "var(--accept)", processes: ["coupon", "acceptor", "echo"] },
  { label: "dispatcher", color: "var(--dispatcher)", processes: ["dispatcher"] },
  { label: "issuer or worker", color: "var(--worker)", processes: ["issuer", "worker"] },
  { label: "Redis", color: "var(--redis)", processes: ["redis"] },
  { label: "MySQL", color: "var(--mysql)", processes: ["mysql"] },
  { label: "RabbitMQ", color: "var(--rabbitmq)", processes: ["rabbitmq"] },
];

/** A process that no role claims; shown rather than left out of the sum. */
const OTHER: Role = { label: "other", color: "var(--quiet)", processes: [] };

export interface RoleCost {
  readonly role: LegendEntry;
  readonly us: number;
}

/** The CPU of one coupon by role, in the order in which they are stacked, without those that took none. */
export function costByRole({ byProcess }: CpuCost): RoleCost[] {
  const costs = new Map<Role, number>();
  for (const [process, us] of Object.entries(byProcess)) {
    const role = ROLES.find(({ processes }) => processes.includes(process)) ?? OTHER;
    costs.set(role, (costs.get(role) ?? 0) + us);
  }
  return [...ROLES, OTHER].flatMap((role) => {
    const us = costs.get(role) ?? 0;
    return us > 0 ? [{ role, us }] : [];
  });
}

/** The roles that take part in any of these costs. */
export function rolesIn(costs: readonly CpuCost[]): LegendEntry[] {
  const taking = new Set(costs.flatMap((cost) => costByRole(cost).map(({ role }) => role)));
  return [...ROLES, OTHER].filter((role) => taking.has(role));
}
