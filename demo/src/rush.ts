import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { IssueCouponResponse } from "@firstcome/contracts/coupon";
import { askAgain, type FirstcomeClient } from "@firstcome/client";
import type { Told } from "@firstcome/promise-check";

/** What became of the users' calls. */
export interface RushResult {
  readonly accepted: number;
  readonly alreadyIssued: number;
  /** Came too late: sold out, or finished by then. */
  readonly soldOut: number;
  /** Got no answer, or one that cannot be in a rush on an open coupon. */
  readonly failed: number;
  /** The first few failures, for people. */
  readonly failures: readonly string[];
  readonly told: readonly Told[];
  /** How long each answer took, in ms. */
  readonly answerMs: readonly number[];
  /** From the first call to the last acceptance, in ms. */
  readonly acceptingMs: number;
}

/**
 * Lets `users` users ask for one coupon each, `concurrency` at a time, over real gRPC calls.
 *
 * @param stop sends nobody any more. Who is under way goes on, unless the clients are closed too
 * @throws when it was stopped, once nobody is under way
 */
export async function rush(
  clients: readonly FirstcomeClient[],
  couponId: string,
  { users, concurrency }: { readonly users: number; readonly concurrency: number },
  stop: AbortSignal,
): Promise<RushResult> {
  const counts = { accepted: 0, alreadyIssued: 0, soldOut: 0, failed: 0 };
  const told: Told[] = [];
  const failures: string[] = [];
  const answerMs: number[] = [];
  const startedAt = performance.now();
  let lastAcceptedAt = startedAt;
  let next = 0;

  const fail = (why: string): void => {
    counts.failed++;
    if (failures.length < 5) failures.push(why);
  };
  const note = (userId: string, { outcome, issueNo }: IssueCouponResponse): void => {
    if (outcome === IssueOutcome.ACCEPTED) counts.accepted++;
    else if (outcome === IssueOutcome.ALREADY_ISSUED) counts.alreadyIssued++;
    else if (outcome === IssueOutcome.SOLD_OUT || outcome === IssueOutcome.FINISHED) counts.soldOut++;
    else fail(`${userId} was answered ${nameOf(outcome)}`);
    if (issueNo > 0) {
      told.push({ userId, issueNo });
      lastAcceptedAt = performance.now();
    }
  };
  const visitor = async (client: FirstcomeClient): Promise<void> => {
    while (next < users && !stop.aborted) {
      const userId = `user-${++next}`;
      const askedAt = performance.now();
      try {
        note(userId, await askAgain(() => client.coupons.issueCoupon({ couponId, userId }, { timeoutMs: 30_000 })));
        answerMs.push(performance.now() - askedAt);
      } catch (error) {
        fail(`${userId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const visitors = Math.min(concurrency, users);
  await Promise.all(
    Array.from({ length: visitors }, (_, i) => visitor(clients[i % clients.length] as FirstcomeClient)),
  );
  stop.throwIfAborted();
  return { ...counts, failures, told, answerMs, acceptingMs: lastAcceptedAt - startedAt };
}

function nameOf(outcome: IssueOutcome): string {
  return Object.entries(IssueOutcome).find(([, value]) => value === outcome)?.[0] ?? String(outcome);
}
