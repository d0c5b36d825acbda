import type { DispatchAdminService } from "@firstcome/contracts/dispatch";
import type { Handler } from "@firstcome/rpc";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { DispatchControl } from "../domain/dispatch-control.ts";
import { redisUnavailable } from "./refusals.ts";

/** This dispatcher goes on at once, the others when they look. */
export function resumeDispatch(spec: {
  control: Pick<DispatchControl, "resume">;
  dispatch: Dispatch;
}): Handler<typeof DispatchAdminService, "resumeDispatch"> {
  return async (_request, ctx) => {
    await spec.control.resume().catch((error: unknown) => {
      throw redisUnavailable(error);
    });
    ctx.log.info({ principal: ctx.principal }, "asked to resume the dispatch");
    spec.dispatch.setPaused(false);
    return {};
  };
}
