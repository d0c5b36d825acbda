import type { IssueAnswer } from "@firstcome/client";
import type { CallEntry } from "../history/entry.ts";
import { askUntilAnswered, type Patience } from "./ask-again.ts";
import type { Way } from "./ways.ts";

export interface Asking {
  readonly caller: string;
  readonly couponId: string;
  readonly userId: string;
  /** Where it asks first; each attempt goes to the next one. */
  readonly firstWay: number;
  readonly patience: Patience;
}

/**
 * Asks for a coupon until it is known what came of it.
 *
 * @param hear told of every attempt
 * @returns undefined: given up
 */
export function askForCoupon(
  ways: readonly Way[],
  { caller, couponId, userId, firstWay, patience }: Asking,
  hear: (entry: CallEntry) => void,
): Promise<IssueAnswer | undefined> {
  let askedAt = 0;
  const wayOf = (attempt: number): Way => ways[(firstWay + attempt) % ways.length] as Way;
  const heard = (attempt: number, answer: CallEntry["answer"]): void => {
    const { via, call } = wayOf(attempt);
    hear({ at: Date.now(), askedAt, caller, via, user: userId, coupon: couponId, call, answer });
  };
  return askUntilAnswered(
    async (attempt, timeoutMs) => {
      askedAt = Date.now();
      const answer = await wayOf(attempt).ask(couponId, userId, timeoutMs);
      heard(attempt, answer);
      return answer;
    },
    patience,
    (failure, attempt) => heard(attempt, failure),
  );
}
