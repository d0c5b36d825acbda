import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSchema, DispatchAdminService } from "@firstcome/contracts/dispatch";
import { DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { DeadLetter, DeadLetterBox } from "../domain/dead-letter-box.ts";
import { redisUnavailable } from "./refusals.ts";

export function listDeadLetters(spec: {
  box: Pick<DeadLetterBox, "idForm" | "list">;
}): Handler<typeof DispatchAdminService, "listDeadLetters"> {
  return async ({ pageSize, pageToken }) => {
    const [after] = readPageToken(pageToken, [spec.box.idForm]) ?? [];
    const page = { limit: pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, ...(after !== undefined && { after }) };
    const { letters, next } = await spec.box.list(page).catch((error: unknown) => {
      throw redisUnavailable(error);
    });
    return { deadLetters: letters.map(toMessage), nextPageToken: next === undefined ? "" : writePageToken([next]) };
  };
}

function toMessage(letter: DeadLetter): MessageInitShape<typeof DeadLetterSchema> {
  const { id, batchId, couponId, acceptedAt, userIds, issueNos, reason, attempts, deadSince } = letter;
  return {
    deadLetterId: id,
    batchId,
    couponId,
    acceptedAt: timestampFromMs(acceptedAt),
    userIds: [...userIds],
    issueNos: [...issueNos],
    reason,
    attempts,
    deadSince: timestampFromMs(deadSince),
  };
}
