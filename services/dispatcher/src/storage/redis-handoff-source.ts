import {
  type EntryRef,
  formatEntryRef,
  type Handoff,
  type HandoffEntry,
  type HandoffLane as RedisLane,
  parseEntryRef,
} from "@firstcome/redis";
import type {
  Backlog,
  HandoffBatch,
  HandoffLane,
  HandoffSource,
  HandoffRead,
  KeepResult,
  ReleaseResult,
  SettleResult,
  Settlement,
} from "../domain/handoff-source.ts";

/** The hand-off as Redis Streams. A batch's id is `<partition>:<entry id>`. */
export class RedisHandoffSource implements HandoffSource {
  readonly lanes: readonly HandoffLane[];
  readonly #handoff: Handoff;

  constructor(handoff: Handoff) {
    this.#handoff = handoff;
    this.lanes = handoff.lanes().map((lane) => new RedisHandoffLane(lane));
  }

  prepare(): Promise<void> {
    return this.#handoff.prepare();
  }

  async claim(limits: { minIdleMs: number; count: number }): Promise<HandoffRead> {
    return toRead(await this.#handoff.claim(limits));
  }

  async keepAlive(batchIds: readonly string[]): Promise<KeepResult> {
    const { lost, error } = await this.#handoff.keepAlive(toRefs(batchIds));
    return { lost: lost.map(formatEntryRef), error };
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleResult> {
    const known = settlements.flatMap((settlement) => {
      const ref = parseEntryRef(settlement.batchId);
      // An id of another form is none of ours: there is nothing to take off.
      return ref ? [{ ...ref, settlement }] : [];
    });
    const unsettled: Settlement[] = [];
    let error: unknown;
    await Promise.all(
      [...Map.groupBy(known, ({ partition }) => partition)].map(async ([partition, some]) => {
        try {
          await this.#handoff.settle(
            partition,
            some.map(({ entryId, settlement }) => ({ entryId, dead: settlement.dead })),
          );
        } catch (failure) {
          error = failure;
          unsettled.push(...some.map(({ settlement }) => settlement));
        }
      }),
    );
    return { unsettled, error };
  }

  async recordFailures(failed: readonly { batchId: string; failures: number }[]): Promise<void> {
    await Promise.all(
      failed.map(async ({ batchId, failures }) => {
        const ref = parseEntryRef(batchId);
        if (ref) await this.#handoff.recordFailure(ref.partition, ref.entryId, failures);
      }),
    );
  }

  async release(batchIds: readonly string[]): Promise<ReleaseResult> {
    const { failed, error } = await this.#handoff.release(toRefs(batchIds));
    return { unreleased: failed.map(formatEntryRef), error };
  }

  leave(): Promise<void> {
    return this.#handoff.leave();
  }

  forgetSilent(silentMs: number): Promise<number> {
    return this.#handoff.forgetSilent(silentMs);
  }

  async backlog(): Promise<Backlog> {
    const { backlog, ...rest } = await this.#handoff.stats();
    return { batches: backlog, ...rest };
  }
}

class RedisHandoffLane implements HandoffLane {
  readonly #lane: RedisLane;

  constructor(lane: RedisLane) {
    this.#lane = lane;
  }

  async read({ count, blockMs }: { count: number; blockMs: number }): Promise<HandoffRead> {
    return toRead(await this.#lane.read({ countPerPartition: count, blockMs }));
  }

  close(): void {
    this.#lane.close();
  }
}

function toRead(entries: readonly HandoffEntry[]): HandoffRead {
  return { batches: entries.map(toBatch), parts: new Set(entries.map(({ partition }) => partition)).size };
}

function toBatch(entry: HandoffEntry): HandoffBatch {
  const { couponId, acceptedAt, userIds, issueNos, failures } = entry;
  return { id: formatEntryRef(entry), couponId, acceptedAt, userIds, issueNos, failures };
}

function toRefs(batchIds: readonly string[]): EntryRef[] {
  return batchIds.flatMap((batchId) => parseEntryRef(batchId) ?? []);
}
