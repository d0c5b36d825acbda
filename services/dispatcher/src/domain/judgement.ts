import type { DeadItems } from "./handoff-source.ts";
import type { Items } from "./items.ts";

/** What a worker, or the dispatcher in its place, says of items that were not committed. */
export interface ItemFailure {
  /** `released` items were not tried: nothing is counted against them. */
  readonly kind: "retriable" | "fatal" | "released";
  /** Empty: all items that no other failure names. */
  readonly userIds: readonly string[];
  readonly reason: string;
  /** Not before this time has passed; the dispatcher's back-off when undefined. */
  readonly delayMs?: number | undefined;
}

/** What became of the items of an attempt. */
export interface Judgement {
  readonly committed: number;
  /** To be tried again, their failures counted. */
  readonly remaining: Items;
  /** Fatal, or failed for the last time. */
  readonly dead: readonly DeadItems[];
  /** Some of the remaining items failed, rather than all being released. */
  readonly failed: boolean;
  /** The longest delay that was asked for a remaining item. */
  readonly delayMs: number | undefined;
}

/**
 * Splits the items of an attempt by the failures that name them; an item that none names is committed. An item's own
 * name counts before the empty list that stands for all, and the first name before later ones.
 *
 * @param limit an item that has failed this often is dead
 * @returns undefined when a failure names an item that is not there. Such a worker is not to be trusted with what it
 *   does not name either.
 */
export function judge(items: Items, failures: readonly ItemFailure[], limit: number): Judgement | undefined {
  const fates = fatesOf(items, failures);
  if (!fates) return undefined;

  const remaining = { userIds: [] as string[], issueNos: [] as number[], failures: [] as number[] };
  const graves = new Graves();
  let committed = 0;
  let failed = false;
  let delayMs: number | undefined;
  for (const [index, userId] of items.userIds.entries()) {
    const issueNo = items.issueNos[index] as number;
    const before = items.failures[index] as number;
    const fate = fates(userId);
    if (!fate) {
      committed += 1;
      continue;
    }
    const count = fate.kind === "released" ? before : before + 1;
    if (fate.kind === "fatal" || (fate.kind === "retriable" && count >= limit)) {
      graves.bury(userId, issueNo, fate.reason, count);
      continue;
    }
    remaining.userIds.push(userId);
    remaining.issueNos.push(issueNo);
    remaining.failures.push(count);
    if (fate.kind === "retriable") {
      failed = true;
      if (fate.delayMs !== undefined) delayMs = Math.max(delayMs ?? 0, fate.delayMs);
    }
  }
  return { committed, remaining, dead: graves.dug(), failed, delayMs };
}

/** All items share one fate: the worker is gone, or its time is up. */
export function judgeAll(items: Items, reason: string, limit: number): Judgement {
  const judgement = judge(items, [{ kind: "retriable", userIds: [], reason }], limit);
  if (!judgement) throw new Error("a failure that names nobody names nobody unknown");
  return judgement;
}

function fatesOf(
  items: Items,
  failures: readonly ItemFailure[],
): ((userId: string) => ItemFailure | undefined) | undefined {
  const rest = failures.find((failure) => failure.userIds.length === 0);
  const named = new Map<string, ItemFailure>();
  for (const failure of failures) {
    for (const userId of failure.userIds) if (!named.has(userId)) named.set(userId, failure);
  }
  const known = items.userIds.reduce((count, userId) => count + (named.has(userId) ? 1 : 0), 0);
  return known === named.size ? (userId) => named.get(userId) ?? rest : undefined;
}

/** Gathers dead items by reason and attempts. */
class Graves {
  readonly #graves = new Map<string, { userIds: string[]; issueNos: number[]; reason: string; attempts: number }>();

  bury(userId: string, issueNo: number, reason: string, attempts: number): void {
    const key = `${attempts} ${reason}`;
    let grave = this.#graves.get(key);
    if (!grave) {
      grave = { userIds: [], issueNos: [], reason, attempts };
      this.#graves.set(key, grave);
    }
    grave.userIds.push(userId);
    grave.issueNos.push(issueNo);
  }

  dug(): DeadItems[] {
    return [...this.#graves.values()];
  }
}
