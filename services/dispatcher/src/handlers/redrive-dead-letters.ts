import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { type Handler, RpcError } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { redrive } from "../dispatch/redrive.ts";
import type { DeadLetterBox } from "../domain/dead-letter-box.ts";
import { redisUnavailable } from "./refusals.ts";

/** What was put back before the caller left, or Redis, stays put back. */
export function redriveDeadLetters(spec: {
  box: Pick<DeadLetterBox, "ids" | "redrive">;
  clock: Clock;
}): Handler<typeof DispatchAdminService, "redriveDeadLetters"> {
  return async function* answer({ deadLetterIds: ids, perSecond }, ctx) {
    const signal = AbortSignal.any([ctx.signal, ctx.draining]);
    ctx.log.info({ principal: ctx.principal, letters: ids.length || "all" }, "asked to redrive dead letters");
    try {
      yield* redrive({ ...spec, ids, perSecond: perSecond || DEFAULT_PER_SECOND, signal });
    } catch (error) {
      throw error instanceof RpcError ? error : redisUnavailable(error);
    }
  };
}

const DEFAULT_PER_SECOND = 100;
