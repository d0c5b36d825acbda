import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import type { ScriptRunner } from "../script.ts";
import { userHash } from "../user-hash.ts";

/** What the gate says to one user. Times are epoch ms by the clock of Redis. */
export type GateDecision =
  | { readonly outcome: "ACCEPTED" | "ALREADY_ISSUED"; readonly issueNo: number; readonly acceptedAt: number }
  | { readonly outcome: "NOT_OPEN"; readonly opensAt: number }
  | { readonly outcome: "SOLD_OUT" | "PAUSED" | "FINISHED" }
  /** Redis does not hold this coupon: load it, then ask again. Nothing was decided. */
  | { readonly outcome: "NOT_LOADED" }
  /** Redis has forgotten numbers of this coupon that were told here: close it and load it anew. Nothing was decided. */
  | { readonly outcome: "BEHIND" };

/** In a race the coupon must be open and not paused; a grant needs stock only. */
export type GateMode = "race" | "grant";

export interface GateGroup {
  readonly couponId: string;
  /** `find`: only those are told of who have won before. */
  readonly mode: GateMode | "find";
  /** What earlier answers have said. */
  readonly seen?: RememberedNumbers | undefined;
  /** In the order of their arrival. Without white space, which is what parts them in the hand-off. */
  readonly userIds: readonly string[];
}

/** How far a coupon's numbers had come when the gate answered. */
export interface SeenNumbers {
  /** The number that the next winner gets. */
  readonly nextNo: number;
  /** The mark of the load since which they count up. */
  readonly load: string;
  /** Over how many buckets that load has spread the winners. */
  readonly buckets: number;
}

export interface RememberedNumbers extends SeenNumbers {
  /** The marks of loads before that one. A Redis at one of them has forgotten whatever came after it. */
  readonly over: readonly string[];
}

export interface GateAnswer {
  /** For each user of the group, in order. */
  readonly decisions: readonly GateDecision[];
  /** Undefined: nothing was decided. */
  readonly seen: SeenNumbers | undefined;
}

const script = loadScript(new URL("./gate.lua", import.meta.url));

/**
 * Runs the gate once for groups of one partition. Returns an answer for each group.
 *
 * @throws whatever Redis or the connection says; then it is not known whether the gate has decided, and asking again is safe
 */
export async function decide(
  redis: ScriptRunner,
  keys: Keys,
  partition: number,
  groups: readonly GateGroup[],
): Promise<GateAnswer[]> {
  const names = [keys.handoff(partition)];
  const args: (string | number)[] = [];
  for (const { couponId, mode, seen = NOTHING_SEEN, userIds } of groups) {
    names.push(keys.coupon(couponId), keys.winners(couponId));
    const over = seen.over.length > 0 ? ` ${seen.over.join(" ")} ` : "";
    const hashes = userIds.map(userHash);
    args.push(couponId, mode, seen.nextNo, seen.load, over, JSON.stringify(userIds), JSON.stringify(hashes));
    args.push(JSON.stringify(bucketNames(hashes, seen.buckets)), seen.buckets);
  }
  const answers = (await script(redis, names, args)) as Answer[];
  return groups.map((group, i) => answerOf(answers[i] as Answer, group.userIds.length));
}

/** Counted here as far as the number of buckets is known, since Redis is the stage that cannot be multiplied. */
function bucketNames(hashes: readonly number[], buckets: number): string[] {
  return buckets === 0 ? [] : hashes.map((hash) => String(hash % buckets));
}

const NOTHING_SEEN: RememberedNumbers = { nextNo: 0, load: "", buckets: 0, over: [] };

/** As gate.lua returns it. */
type Answer = [
  why: number,
  at: number,
  first: number,
  base: number,
  opens: number,
  load: string,
  buckets: number,
  ...results: (number | string)[],
];

/** Where in an answer the results begin. */
const RESULTS = 7;

const NOT_LOADED = { outcome: "NOT_LOADED" } as const;
const BEHIND = { outcome: "BEHIND" } as const;
const LOST = [undefined, { outcome: "SOLD_OUT" }, undefined, { outcome: "PAUSED" }, { outcome: "FINISHED" }] as const;

function answerOf(answer: Answer, users: number): GateAnswer {
  const [why, at, first, base, opens, load, buckets] = answer;
  if (why < 0) return { decisions: Array<GateDecision>(users).fill(why === -1 ? NOT_LOADED : BEHIND), seen: undefined };
  const decisions: GateDecision[] = [];
  const lost: GateDecision = LOST[why] ?? { outcome: "NOT_OPEN", opensAt: opens };
  const allWon = answer.length === RESULTS;
  let issueNo = first;
  for (let i = 0; i < users; i++) {
    const result = allWon ? 1 : answer[RESULTS + i];
    if (result === 1) decisions.push({ outcome: "ACCEPTED", issueNo: issueNo++, acceptedAt: at });
    else if (result === 0) decisions.push(lost);
    else decisions.push({ outcome: "ALREADY_ISSUED", ...parseWinner(result as string, base) });
  }
  return { decisions, seen: { nextNo: issueNo, load, buckets } };
}

/** A winner as its bucket holds it: `<number>:<ms after base>`. */
export function parseWinner(held: string, base: number): { issueNo: number; acceptedAt: number } {
  const colon = held.indexOf(":");
  return { issueNo: Number(held.slice(0, colon)), acceptedAt: base + Number(held.slice(colon + 1)) };
}
