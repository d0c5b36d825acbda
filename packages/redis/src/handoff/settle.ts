import type { RedisClient } from "../connect.ts";
import { HANDOFF_GROUP } from "../keys.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./settle.lua", import.meta.url));

/** Items of one entry that could not be handled, for one reason. */
export interface DeadItems {
  readonly userIds: readonly string[];
  /** One for each user id. */
  readonly issueNos: readonly number[];
  readonly reason: string;
  readonly attempts: number;
}

/** What somebody wrote who is not the gate, field by field as it was: a redrive then puts back what was there. */
export interface UnreadableItems {
  /** The fields `u` and `n`. */
  readonly unread: { readonly users: string; readonly numbers: string };
  readonly reason: string;
  readonly attempts: number;
}

/** An entry of which nothing is left to do: committed, but for its dead items. */
export interface Settlement {
  readonly entryId: string;
  readonly dead?: readonly (DeadItems | UnreadableItems)[];
}

/** Takes entries of one partition off the hand-off, whoever owns them. */
export async function settle(
  redis: RedisClient,
  keys: Keys,
  partition: number,
  settlements: readonly Settlement[],
): Promise<void> {
  const args: (string | number)[] = [HANDOFF_GROUP, settlements.length];
  for (const { entryId } of settlements) args.push(entryId);
  for (const { entryId, dead = [] } of settlements) {
    for (const items of dead) {
      const { users, numbers } = "unread" in items ? items.unread : joined(items);
      args.push(entryId, users, numbers, items.reason, items.attempts);
    }
  }
  await script(redis, [keys.handoff(partition), keys.dead(partition)], args);
}

function joined({ userIds, issueNos }: DeadItems): UnreadableItems["unread"] {
  return { users: userIds.join(" "), numbers: issueNos.join(" ") };
}
