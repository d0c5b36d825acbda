import { DispatchAdminService, DispatchService } from "@firstcome/contracts/dispatch";
import { implement, type ServiceImplementation } from "@firstcome/rpc";
import type { App } from "../app.ts";
import { attach } from "./attach.ts";
import { discardDeadLetters } from "./discard-dead-letters.ts";
import { getStats } from "./get-stats.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listWorkers } from "./list-workers.ts";
import { pauseDispatch } from "./pause-dispatch.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { resumeDispatch } from "./resume-dispatch.ts";
import { watchStats } from "./watch-stats.ts";

export function dispatcherServices(app: App): ServiceImplementation[] {
  const { dispatcherId, streams, attempts } = app.config;
  const spec = { ...app, dispatcherId, heartbeatMs: streams.heartbeatMs, deliveryDeadlineMs: attempts.deadlineMs };
  return [
    implement(DispatchService, { attach: attach(spec) }),
    implement(DispatchAdminService, {
      listWorkers: listWorkers(spec),
      getStats: getStats(spec),
      watchStats: watchStats(spec),
      pauseDispatch: pauseDispatch(spec),
      resumeDispatch: resumeDispatch(spec),
      listDeadLetters: listDeadLetters(spec),
      redriveDeadLetters: redriveDeadLetters(spec),
      discardDeadLetters: discardDeadLetters(spec),
    }),
  ];
}
