import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DispatchAdminService, WorkerInfoSchema } from "@firstcome/contracts/dispatch";
import { DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { Session } from "../dispatch/session.ts";

/** Pages by serial number. */
export function listWorkers(spec: {
  dispatch: Dispatch;
  dispatcherId: string;
}): Handler<typeof DispatchAdminService, "listWorkers"> {
  return async ({ pageSize, pageToken }) => {
    const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const [serialNoBefore = -1] = readPageToken(pageToken, [/^\d{1,20}$/]) ?? [];
    const after = BigInt(serialNoBefore);
    const rest = [...spec.dispatch.sessions]
      .map((session) => ({ session, serialNo: BigInt(session.worker.serialNo) }))
      .filter(({ serialNo }) => serialNo > after)
      .toSorted((one, other) => (one.serialNo < other.serialNo ? -1 : 1))
      .map(({ session }) => session);
    const page = rest.slice(0, limit);
    const last = rest.length > limit ? page.at(-1) : undefined;
    return {
      workers: page.map((session) => toWorkerInfo(session, spec.dispatcherId)),
      nextPageToken: last ? writePageToken([last.worker.serialNo]) : "",
    };
  };
}

function toWorkerInfo(
  { worker, load, totals }: Session,
  dispatcherId: string,
): MessageInitShape<typeof WorkerInfoSchema> {
  const { workerId, serialNo, name, peer, attachedAt } = worker;
  return {
    workerId,
    serialNo,
    name,
    dispatcherId,
    peer,
    attachedAt: timestampFromMs(attachedAt),
    capacity: { maxBatches: load.capacity.maxBatches, maxItems: load.capacity.maxItems },
    outstandingBatches: load.batches,
    outstandingItems: load.items,
    ackedBatches: BigInt(totals.ackedBatches),
    ackedItems: BigInt(totals.ackedItems),
    failedBatches: BigInt(totals.failedBatches),
    draining: load.closing,
  };
}
