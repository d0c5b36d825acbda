import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { CouponAdminService, CreateCouponRequestSchema } from "@firstcome/contracts/coupon";
import { type Database, issueRows } from "@firstcome/database";
import type { Client } from "@firstcome/rpc";
import { randomUUID } from "node:crypto";

/** The plain form of a request, whose fields can be overridden one by one. */
export type CreateCouponRequest = Extract<MessageInitShape<typeof CreateCouponRequestSchema>, { $typeName?: never }>;

/** A valid request with a new id: open now, 10 pieces, 1 000 KRW off. */
export function couponRequest(values: CreateCouponRequest = {}): CreateCouponRequest {
  return {
    requestId: randomUUID(),
    name: "여름 쿠폰",
    quantity: 10,
    discount: { kind: { case: "amountOffKrw", value: 1_000n } },
    ...values,
  };
}

/** Creates a coupon; returns its id. */
export async function createCoupon(
  admin: Client<typeof CouponAdminService>,
  values: CreateCouponRequest = {},
): Promise<string> {
  const { coupon } = await admin.createCoupon(couponRequest(values));
  if (!coupon) throw new Error("the answer has no coupon");
  return coupon.id;
}

/** A moment so far from now, for `opensAt` and `closesAt`. */
export function fromNow(ms: number): ReturnType<typeof timestampFromMs> {
  return timestampFromMs(Date.now() + ms);
}

/** What the issuer does: commits rows. Users are numbered in their order, from `firstNo`. */
export async function commitRows(
  db: Database,
  couponId: string,
  userIds: readonly string[],
  { firstNo = 1, acceptedAt = Date.now() }: { firstNo?: number; acceptedAt?: number } = {},
): Promise<void> {
  const rows = userIds.map((userId, i) => ({ couponId, userId, issueNo: firstNo + i, acceptedAt }));
  await issueRows(db.pool, rows);
}
