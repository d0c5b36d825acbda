import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { DispatchControl } from "../domain/dispatch-control.ts";
import { redisUnavailable } from "./refusals.ts";

/** This dispatcher stops at once, the others when they look. */
export function pauseDispatch(spec: {
  control: Pick<DispatchControl, "pause">;
  dispatch: Dispatch;
}): Handler<typeof DispatchAdminService, "pauseDispatch"> {
  return async (_request, ctx) => {
    await spec.control.pause().catch((error: unknown) => {
      throw redisUnavailable(error);
    });
    ctx.log.info({ principal: ctx.principal }, "asked to pause the dispatch");
    spec.dispatch.setPaused(true);
    return {};
  };
}
