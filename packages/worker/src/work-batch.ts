import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Batch } from "@firstcome/contracts/dispatch";

/** Winners of one coupon that were accepted together. */
export interface WorkBatch {
  /** The same in every attempt, whichever dispatcher delivers it. */
  readonly id: string;
  readonly couponId: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  /** The winners; their issue numbers stand at the same places of {@link issueNos}. */
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
  /** 1 for the first, then one more for each failure before. */
  readonly attempt: number;
}

/** @throws TypeError when the batch breaks its contract: whose number is whose could only be guessed. */
export function toWorkBatch(batch: Batch): WorkBatch {
  const { batchId: id, couponId, acceptedAt, userIds, attempt } = batch;
  if (acceptedAt === undefined) throw new TypeError("the batch does not say when it was accepted");
  return { id, couponId, acceptedAt: timestampMs(acceptedAt), userIds, issueNos: issueNosOf(batch), attempt };
}

function issueNosOf({ userIds, issueNos, firstIssueNo }: Batch): readonly number[] {
  if (issueNos.length === 0) return userIds.map((_, index) => firstIssueNo + index);
  if (issueNos.length === userIds.length) return issueNos;
  throw new TypeError(`the batch has ${userIds.length} users and ${issueNos.length} issue numbers`);
}
