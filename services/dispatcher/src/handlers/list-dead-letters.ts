import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSchema, DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import type { DeadLetter, DeadLetterBox } from "../domain/dead-letter-box.ts";
import { fromPageToken, toLimit, toPageToken } from "./page-token.ts";
import { redisUnavailable } from "./refusals.ts";

export function listDeadLetters(spec: {
  box: Pick<DeadLetterBox, "list">;
}): Handler<typeof DispatchAdminService, "listDeadLetters"> {
  return async ({ pageSize, pageToken }) => {
    const after = fromPageToken(pageToken, /^\d{1,5}:\d{1,19}-\d{1,19}$/);
    const page = { limit: toLimit(pageSize), ...(after !== undefined && { after }) };
    const { letters, next } = await spec.box.list(page).catch((error: unknown) => {
      throw redisUnavailable(error);
    });
    return { deadLetters: letters.map(toMessage), nextPageToken: toPageToken(next) };
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
