import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { StatsSchema } from "@firstcome/contracts/dispatch";
import type { Clock } from "@firstcome/runtime";
import type { BacklogReader } from "../dispatch/backlog-reader.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { DispatchMeter } from "../dispatch/dispatch-meter.ts";
import type { Holdings } from "../domain/holdings.ts";
import { redisUnavailable } from "./refusals.ts";

export interface StatsSpec {
  dispatch: Dispatch;
  holdings: Holdings;
  meter: DispatchMeter;
  backlog: BacklogReader;
  wallClock: Clock;
  dispatcherId: string;
}

/** @throws RpcError UNAVAILABLE (REDIS_UNAVAILABLE) */
export async function statsMessage(spec: StatsSpec): Promise<MessageInitShape<typeof StatsSchema>> {
  const { dispatch, holdings, meter, wallClock, dispatcherId } = spec;
  const backlog = await spec.backlog.read().catch((error: unknown) => {
    throw redisUnavailable(error);
  });
  const { outBatches, outItems, heldBatches } = holdings.count();
  const { totals } = meter;
  return {
    dispatcherId,
    backlogBatches: BigInt(backlog.batches),
    pendingBatches: BigInt(backlog.pending),
    oldestAge: backlog.oldestAcceptedAt === undefined ? undefined : ageSince(backlog.oldestAcceptedAt, wallClock.now()),
    deadLetters: BigInt(backlog.deadLetters),
    paused: dispatch.paused,
    workers: dispatch.workers,
    outstandingBatches: outBatches,
    outstandingItems: outItems,
    heldBatches,
    deliveredBatches: BigInt(totals.deliveredBatches),
    ackedBatches: BigInt(totals.ackedBatches),
    ackedItems: BigInt(totals.ackedItems),
    failedAttempts: BigInt(totals.failedAttempts),
    claimedBatches: BigInt(totals.claimedBatches),
    deadItems: BigInt(totals.deadItems),
  };
}

/** Redis's clock, which accepted it, may be a little ahead of ours. */
function ageSince(moment: number, now: number): ReturnType<typeof durationFromMs> {
  return durationFromMs(Math.max(0, now - moment));
}
