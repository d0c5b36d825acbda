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
  | { readonly outcome: "NOT_LOADED" };

/** In a race the coupon must be open and not paused; a grant needs stock only. */
export type GateMode = "race" | "grant";

export interface GateGroup {
  readonly couponId: string;
  readonly mode: GateMode;
  /** In the order of their arrival. Without white space, which is what parts them in the script and in the hand-off. */
  readonly userIds: readonly string[];
}

const script = loadScript(new URL("./gate.lua", import.meta.url));

/**
 * Runs the gate once for groups of one partition. Returns, for each group, a decision for each of its users, in order.
 *
 * @throws whatever Redis or the connection says; then it is not known whether the gate has decided, and asking again is safe
 */
export async function decide(
  redis: ScriptRunner,
  keys: Keys,
  partition: number,
  groups: readonly GateGroup[],
): Promise<GateDecision[][]> {
  const names = [keys.handoff(partition)];
  const args: (string | number)[] = [];
  for (const { couponId, mode, userIds } of groups) {
    names.push(keys.coupon(couponId), keys.winners(couponId));
    let asking = "";
    for (const userId of userIds) asking += `${userHash(userId)} ${userId} `;
    args.push(couponId, mode, userIds.length, asking);
  }
  const answers = (await script(redis, names, args)) as Answer[];
  return groups.map((group, i) => decisionsOf(answers[i] as Answer, group.userIds.length));
}

/** As gate.lua returns it. */
type Answer = [why: number, at: number, first: number, base: number, opens: number, ...results: (number | string)[]];

const NOT_LOADED = { outcome: "NOT_LOADED" } as const;
const LOST = [undefined, { outcome: "SOLD_OUT" }, undefined, { outcome: "PAUSED" }, { outcome: "FINISHED" }] as const;

function decisionsOf(answer: Answer, users: number): GateDecision[] {
  const [why, at, first, base, opens] = answer;
  if (why === -1) return Array.from({ length: users }, () => NOT_LOADED);
  const decisions: GateDecision[] = [];
  const lost: GateDecision = LOST[why] ?? { outcome: "NOT_OPEN", opensAt: opens };
  const allWon = answer.length === 5;
  let issueNo = first;
  for (let i = 0; i < users; i++) {
    const result = allWon ? 1 : answer[5 + i];
    if (result === 1) decisions.push({ outcome: "ACCEPTED", issueNo: issueNo++, acceptedAt: at });
    else if (result === 0) decisions.push(lost);
    else decisions.push({ outcome: "ALREADY_ISSUED", ...parseWinner(result as string, base) });
  }
  return decisions;
}

/** A winner as its bucket holds it: `<number>:<ms after base>`. */
export function parseWinner(held: string, base: number): { issueNo: number; acceptedAt: number } {
  const colon = held.indexOf(":");
  return { issueNo: Number(held.slice(0, colon)), acceptedAt: base + Number(held.slice(colon + 1)) };
}
