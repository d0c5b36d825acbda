import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { StartedService } from "./start-service.ts";

export interface Told {
  userId: string;
  outcome: IssueOutcome;
  issueNo: number;
}

/** This process is client and server: of more calls it makes turns so long, on a slow machine, that Redis seems to be away. */
const AT_ONCE = 500;

/** One call for each user, `AT_ONCE` of them under way at any time. Told in the order of the users. */
export async function issueAtOnce(
  { coupons }: Pick<StartedService, "coupons">,
  couponId: string,
  userIds: readonly string[],
): Promise<Told[]> {
  const told: Told[] = [];
  const waiting = userIds.entries();
  const askOnceMore = async (): Promise<void> => {
    for (const [i, userId] of waiting) {
      const { outcome, issueNo } = await coupons.issueCoupon({ couponId, userId });
      told[i] = { userId, outcome, issueNo };
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, userIds.length) }, askOnceMore));
  return told;
}

/** The same in batches of 1 000 on one stream, for crowds. */
export async function issueInBatches(
  { coupons }: Pick<StartedService, "coupons">,
  couponId: string,
  userIds: readonly string[],
): Promise<Told[]> {
  const stream = coupons.issueCoupons();
  const told: Told[] = [];
  const reading = (async () => {
    for await (const { batchId, outcomes, issueNos, error } of stream) {
      if (error) throw new Error(`batch ${batchId}: ${error.reason}`);
      for (const [i, outcome] of outcomes.entries()) {
        told.push({ userId: userIds[batchId * 1_000 + i] ?? "", outcome, issueNo: issueNos[i] ?? 0 });
      }
    }
  })();
  for (let batchId = 0; batchId * 1_000 < userIds.length; batchId += 1) {
    const batch = userIds.slice(batchId * 1_000, (batchId + 1) * 1_000);
    if (!stream.write({ batchId, couponId, userIds: batch })) await stream.drained();
  }
  stream.end();
  await reading;
  return told;
}

export function users(count: number, prefix = "user"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
}

/** The numbers told with an outcome, in ascending order. */
export function numbers(told: readonly Told[], outcome: IssueOutcome = IssueOutcome.ACCEPTED): number[] {
  return told
    .filter((one) => one.outcome === outcome)
    .map(({ issueNo }) => issueNo)
    .toSorted((a, b) => a - b);
}

/** from, from + 1, …, to. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
