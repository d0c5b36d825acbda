import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import type { DeadLetterBox } from "../domain/dead-letter-box.ts";
import { redisUnavailable } from "./refusals.ts";

/** The log is all that remains of what is discarded, so it gets the whole letter. */
export function discardDeadLetters(spec: {
  box: Pick<DeadLetterBox, "discard">;
}): Handler<typeof DispatchAdminService, "discardDeadLetters"> {
  return async ({ deadLetterIds, reason }, ctx) => {
    let discarded = 0;
    for (const id of new Set(deadLetterIds)) {
      const letter = await spec.box.discard(id).catch((error: unknown) => {
        throw redisUnavailable(error);
      });
      if (!letter) continue;
      discarded += 1;
      ctx.log.warn({ letter, discardedBecause: reason, principal: ctx.principal }, "a dead letter was discarded");
    }
    return { discarded, notFound: new Set(deadLetterIds).size - discarded };
  };
}
