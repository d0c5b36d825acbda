import type { Batch } from "@firstcome/contracts/dispatch";
import { AckLedger } from "./ack-ledger.ts";
import type { Capacity } from "./capacity.ts";
import { dial } from "./dial.ts";
import { drain } from "./drain.ts";
import { type Attempt, Handling, isWhole } from "./handling.ts";
import { keepAttached, type SessionEnd } from "./keep-attached.ts";
import type { BatchOutcome } from "./outcome.ts";
import { Roster } from "./roster.ts";
import { Session } from "./session.ts";
import type { Attachment, SessionHost } from "./session-host.ts";
import { toWorkBatch } from "./work-batch.ts";
import type { Worker } from "./worker.ts";
import { createWorkerMetrics, type WorkerMetrics } from "./worker-metrics.ts";
import { checkCapacity, type CompleteOptions } from "./worker-options.ts";

/** A session that ended sooner tells nothing good about its dispatcher: back off before the next. */
const HEALTHY_AFTER_MS = 1_000;
/** Committed batches whose Ack is not confirmed, at most. */
const MAX_UNCONFIRMED = 100_000;

/** Brings together what is in hand, what is to be acknowledged, and the sessions that both came by. */
export class RunningWorker implements Worker, SessionHost {
  readonly #options: CompleteOptions;
  readonly #metrics: WorkerMetrics;
  readonly #sessions: Roster;
  readonly #acks: AckLedger<Session>;
  readonly #handling: Handling<Session>;
  readonly #firstAttached = Promise.withResolvers<Attachment>();
  readonly #loops: Promise<void>[];
  readonly #stopping = new AbortController();
  readonly #givingUp = new AbortController();
  #drained: Promise<void> | undefined;

  constructor(options: CompleteOptions) {
    const { handle, maxHandlingMs, log, capacity } = options;
    this.#options = options;
    this.#sessions = new Roster({ capacity, load: (belongs) => this.#handling.load(belongs) });
    this.#acks = new AckLedger({ capacity: MAX_UNCONFIRMED, anyCarrier: () => this.#sessions.anyOpen() });
    this.#handling = new Handling({
      handle,
      maxHandlingMs,
      log,
      signal: this.#givingUp.signal,
      settle: (attempt, outcome) => this.#settle(attempt, outcome),
    });
    this.#metrics = createWorkerMetrics(options.metrics, {
      sessions: () => this.attachments.length,
      held: () => this.#handling.size,
      unconfirmed: () => this.#acks.size,
    });
    this.#loops = options.addresses.map((address) =>
      keepAttached({
        address,
        attach: () => this.#attach(address),
        backoff: options.backoff,
        signal: this.#stopping.signal,
        log,
      }),
    );
  }

  get attached(): Promise<Attachment> {
    return this.#firstAttached.promise;
  }

  get attachments(): readonly Attachment[] {
    return this.#sessions.attachments;
  }

  get held(): number {
    return this.#handling.size;
  }

  setCapacity(capacity: Capacity): void {
    checkCapacity(capacity);
    this.#sessions.setCapacity(capacity);
  }

  drain(): Promise<void> {
    this.#drained ??= drain({
      handling: this.#handling,
      sessions: this.#sessions,
      loops: this.#loops,
      stopping: this.#stopping,
      givingUp: this.#givingUp,
      timeoutMs: this.#options.drainTimeoutMs,
      log: this.#options.log,
    });
    return this.#drained;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  registered(session: Session): void {
    const { attachment } = session;
    if (!attachment) return;
    this.#options.log.info({ ...attachment }, "attached");
    this.#firstAttached.resolve(attachment);
    this.#acks.resend(0);
    this.#sessions.share();
  }

  delivered(session: Session, batches: readonly Batch[]): void {
    const extendAt = performance.now() + session.extendAfterMs;
    for (const wire of batches) {
      this.#metrics.delivered();
      if (!this.#acks.repeat(wire.batchId, session)) this.#take(wire, session, extendAt);
    }
  }

  confirmed(batchIds: readonly string[]): void {
    this.#acks.confirm(batchIds);
  }

  upkeep(session: Session): void {
    const now = performance.now();
    for (const attempt of this.#handling.due(session, now)) {
      session.extend(attempt.batch.id, attempt.token);
      attempt.extendAt = now + session.extendAfterMs;
    }
    this.#acks.resend(now - session.deliveryDeadlineMs / 2);
  }

  left(): void {
    this.#acks.resend(0);
    this.#sessions.share();
  }

  async #attach(address: string): Promise<SessionEnd> {
    const startedAt = performance.now();
    const session = this.#open(address);
    if (session instanceof Error) return { healthy: false, error: session };
    const ended = session.run();
    void ended.then((error) => this.#ended(session, error));
    await session.left;
    return {
      healthy: session.attachment !== undefined && performance.now() - startedAt >= HEALTHY_AFTER_MS,
      error: session.open ? undefined : await ended,
    };
  }

  #open(address: string): Session | Error {
    const { name, channel } = this.#options;
    try {
      const line = dial(address, channel);
      const session = new Session({ address, name, capacity: this.#sessions.nextShare(), line, host: this });
      this.#sessions.add(session);
      return session;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #ended(session: Session, error: Error | undefined): void {
    this.#sessions.delete(session);
    const { attachment } = session;
    if (!attachment) return;
    this.#metrics.detached();
    this.#options.log.info({ ...attachment, reason: error?.message ?? "drained" }, "detached");
  }

  #take(wire: Batch, session: Session, extendAt: number): void {
    try {
      this.#handling.take(toWorkBatch(wire), wire.attemptToken, session, extendAt);
    } catch (error) {
      this.#options.log.error({ err: error, batchId: wire.batchId }, "a batch that cannot be read");
      session.nack(wire.batchId, wire.attemptToken, [{ kind: "fatal", userIds: wire.userIds, reason: String(error) }]);
    }
  }

  #settle({ batch, session, token }: Attempt<Session>, outcome: BatchOutcome): void {
    this.#metrics.settled(outcome.kind);
    if (outcome.kind === "done") this.#acks.add(batch.id, session, { bound: !isWhole(batch) });
    // Without its session an attempt is over: the dispatcher has taken the batch back already.
    else if (session.open && outcome.kind === "failed") session.nack(batch.id, token, outcome.failures);
    else if (session.open) session.release(batch.id, token);
    if (!session.taking) this.#sessions.share();
  }
}
