import { type BatchOutcome, failed, type Handle, RELEASED, type WorkBatch } from "@firstcome/worker";
import type { IssueQueue } from "./domain/issue-queue.ts";
import type { BatchResult } from "./domain/pending-batch.ts";
import type { Row } from "./domain/row-writer.ts";
import type { RowFailure } from "./domain/write-apart.ts";

/** What the worker does with each batch: rows through the queue, the queue's result back as an outcome. */
export function createHandle(queue: IssueQueue): Handle {
  let watched: AbortSignal | undefined;
  return async (batch, { signal }) => {
    if (watched !== signal) {
      watched = signal;
      signal.addEventListener("abort", () => queue.giveUp(), { once: true });
    }
    return toOutcome(await queue.issue(toRows(batch)));
  };
}

function toRows({ couponId, acceptedAt, userIds, issueNos }: WorkBatch): Row[] {
  return userIds.map((userId, index) => ({ couponId, userId, acceptedAt, issueNo: issueNos[index] ?? 0 }));
}

function toOutcome(result: BatchResult): BatchOutcome {
  if (result.kind === "released") return RELEASED;
  return failed(
    result.failures.map(({ row, ...why }) => ({ userIds: [row.userId], kind: "fatal", reason: toReason(why) })),
  );
}

/** The numbers of a conflict are in the log; one reason for all of them keeps them together in the dead letters. */
function toReason({ kind, detail }: Omit<RowFailure, "row">): string {
  return kind === "NUMBER_CONFLICT" ? kind : `${kind}: ${detail}`;
}
