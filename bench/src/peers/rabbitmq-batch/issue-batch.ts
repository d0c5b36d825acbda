import type { IssueRow } from "@firstcome/database";

/** Winners that were decided together, numbered `firstNo`, `firstNo + 1`, … */
export interface IssueBatch {
  readonly firstNo: number;
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly userIds: readonly string[];
}

/** As it travels: the two numbers and the users, with spaces between. */
export function encodeBatch({ firstNo, acceptedAt, userIds }: IssueBatch): string {
  return `${firstNo} ${acceptedAt} ${userIds.join(" ")}`;
}

/** The rows of a batch that was read from the queue. */
export function rowsOf(couponId: string, body: string): IssueRow[] {
  const [firstNo, acceptedAt, ...userIds] = body.split(" ");
  return userIds.map((userId, i) => ({
    couponId,
    userId,
    issueNo: Number(firstNo) + i,
    acceptedAt: Number(acceptedAt),
  }));
}
