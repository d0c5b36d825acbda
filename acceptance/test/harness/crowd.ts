import { randomUUID } from "node:crypto";
import { askAgain, createFirstcomeClient, type FirstcomeAddresses, type FirstcomeClient } from "@firstcome/client";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { Told } from "@firstcome/promise-check";
import { cleanUpAfterFile } from "@firstcome/testkit";

/** What the users of a rush were told in the end. */
export interface Answers {
  readonly told: Told[];
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Longer than anything is away in a test, however slow the machine. */
export const PATIENT = { patienceMs: 120_000 };

export function connect(addresses: FirstcomeAddresses): FirstcomeClient {
  const client = createFirstcomeClient({ ...addresses, defaultTimeoutMs: 60_000 });
  cleanUpAfterFile(async () => client.close());
  return client;
}

export async function openCoupon(client: FirstcomeClient, quantity: number): Promise<string> {
  const { coupon } = await client.couponAdmin.createCoupon({
    requestId: randomUUID(),
    name: "acceptance",
    quantity,
    discount: { kind: { case: "amountOffKrw", value: 1_000n } },
  });
  if (!coupon) throw new Error("answered without a coupon");
  return coupon.id;
}

/**
 * Users who each want one coupon and, as real callers do, ask again after an error that says it is worth it, of any of the
 * given services.
 *
 * @param options.atATime calls under way; all at once unless given
 * @param options.onAnswer told how many were answered so far
 */
export async function crowd(
  clients: readonly FirstcomeClient[],
  couponId: string,
  userIds: readonly string[],
  options: { readonly atATime?: number; readonly onAnswer?: (answered: number) => void } = {},
): Promise<Answers> {
  const { atATime = userIds.length, onAnswer = () => undefined } = options;
  const told: Told[] = [];
  const outcomes = new Map<string, number>();
  let next = 0;
  let answered = 0;
  const visitor = async (first: number): Promise<void> => {
    for (let userId = userIds[next++]; userId !== undefined; userId = userIds[next++]) {
      const asked = userId;
      const { outcome, issueNo } = await askAgain(
        (attempt) =>
          (clients[(first + attempt) % clients.length] as FirstcomeClient).coupons.issueCoupon(
            { couponId, userId: asked },
            { timeoutMs: 20_000 },
          ),
        PATIENT,
      );
      const name = Object.entries(IssueOutcome).find(([, value]) => value === outcome)?.[0] ?? "?";
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      if (issueNo > 0) told.push({ userId, issueNo });
      onAnswer(++answered);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, userIds.length) }, (_, i) => visitor(i)));
  return { told, outcomes };
}

export function users(count: number, name = "user"): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
}
