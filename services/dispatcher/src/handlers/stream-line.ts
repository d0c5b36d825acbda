import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AttachRequest, AttachResponseSchema, BatchSchema } from "@firstcome/contracts/dispatch";
import type { DuplexStream } from "@firstcome/rpc";
import type { GoAwayReason, WorkerLine } from "../dispatch/worker-line.ts";
import { isGapless } from "../domain/items.ts";
import type { Delivery } from "../domain/verdict.ts";

export type AttachStream = DuplexStream<AttachRequest, MessageInitShape<typeof AttachResponseSchema>>;

/** Puts what a session says into messages of its stream. */
export class StreamLine implements WorkerLine {
  readonly #stream: AttachStream;

  constructor(stream: AttachStream) {
    this.#stream = stream;
  }

  deliver(deliveries: readonly Delivery[]): boolean {
    let hasRoom = true;
    for (const some of bySize(deliveries)) {
      hasRoom = this.#stream.write({ kind: { case: "deliver", value: { batches: some.map(toBatch) } } });
    }
    return hasRoom;
  }

  confirm(batchIds: readonly string[]): boolean {
    return this.#stream.write({ kind: { case: "ackConfirmed", value: { batchIds: [...batchIds] } } });
  }

  heartbeat(): boolean {
    return this.#stream.write({ kind: { case: "heartbeat", value: {} } });
  }

  goAway(reason: GoAwayReason, graceMs: number): boolean {
    return this.#stream.write({ kind: { case: "goAway", value: { reason, grace: durationFromMs(graceMs) } } });
  }

  drained(): boolean {
    return this.#stream.write({ kind: { case: "drained", value: {} } });
  }

  room(): Promise<void> {
    return this.#stream.drained();
  }
}

function toBatch({
  batchId,
  token,
  attempt,
  couponId,
  acceptedAt,
  items,
}: Delivery): MessageInitShape<typeof BatchSchema> {
  const { userIds, issueNos } = items;
  return {
    batchId,
    attemptToken: token,
    attempt,
    couponId,
    acceptedAt: timestampFromMs(acceptedAt),
    userIds: [...userIds],
    firstIssueNo: issueNos[0] ?? 0,
    issueNos: isGapless(issueNos) ? [] : [...issueNos],
  };
}

/** Several batches a message, and no message near the limit of 4 MiB. */
function* bySize(deliveries: readonly Delivery[]): Generator<Delivery[]> {
  let some: Delivery[] = [];
  let items = 0;
  for (const delivery of deliveries) {
    const size = delivery.items.userIds.length;
    if (some.length > 0 && items + size > MAX_ITEMS) {
      yield some;
      some = [];
      items = 0;
    }
    some.push(delivery);
    items += size;
  }
  if (some.length > 0) yield some;
}

/** At 64 bytes of user id each, some 700 KiB. */
const MAX_ITEMS = 10_000;
