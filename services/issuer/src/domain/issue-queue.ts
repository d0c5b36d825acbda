import { type BatchResult, type Part, PendingBatch } from "./pending-batch.ts";
import { planInsert } from "./plan-insert.ts";
import type { NotNow, Row, RowWriter } from "./row-writer.ts";
import { type RowFailure, writeApart } from "./write-apart.ts";

export interface IssueQueueSpec {
  writer: RowWriter;
  /** Rows of one insert, at most. */
  maxRows: number;
  /** Inserts at once, at most. */
  concurrency: number;
  /** How long a batch waits for others to share its insert. */
  lingerMs: number;
  /** A batch whose rows could not be written for so long is released. */
  maxHoldMs: number;
  /** Ms to wait before an insert is tried again, after so many tries (0, 1, …). */
  backoff: (why: NotNow, tries: number) => number;
  /** Ends after so many ms, or fails when the signal does. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Epoch ms, by the clock that the times of acceptance are compared with. */
  now: () => number;
  observer: IssueObserver;
  /** The store takes no rows any more, or takes them again. */
  onOutage?: (began: boolean) => void;
}

/** Told of what happens. */
export interface IssueObserver {
  inserted(insert: { rows: number; written: number; failures: readonly RowFailure[]; tookMs: number }): void;
  /** All of a batch is there, so many ms after the gate had accepted it. */
  committed(lagMs: number): void;
  notNow(why: NotNow, error: unknown, tries: number): void;
  /** The store takes no rows any more, or takes them again. */
  outage(began: boolean): void;
}

/** How often it is looked, while an insert is under way, whether it has held its batches for too long. */
const LOOKS_PER_HOLD = 10;

/**
 * Turns batches into inserts. While inserts are under way, what arrives gathers, and goes together into the next one.
 * The batches in here are bounded by who sends them: no more than the credit that this worker gives.
 */
export class IssueQueue {
  readonly #spec: IssueQueueSpec;
  readonly #givingUp = new AbortController();
  #waiting: PendingBatch[] = [];
  #waitingRows = 0;
  #inserting = 0;
  #outage = false;
  #asking = false;
  #linger: NodeJS.Timeout | undefined;
  #arriving: NodeJS.Immediate | undefined;
  #onIdle: (() => void)[] = [];

  constructor(spec: IssueQueueSpec) {
    this.#spec = spec;
  }

  /** Whether the store takes no rows at the moment. */
  get outage(): boolean {
    return this.#outage;
  }

  /** Resolves when the fate of the whole batch is known. Never rejects. */
  issue(rows: readonly Row[]): Promise<BatchResult> {
    if (this.#givingUp.signal.aborted) return Promise.resolve({ kind: "released" });
    const batch = new PendingBatch(rows, performance.now());
    if (batch.left === 0) return batch.result;
    this.#waiting.push(batch);
    this.#waitingRows += batch.left;
    // Batches of one delivery arrive one after the other, in one turn of the event loop: they share an insert.
    this.#arriving ??= setImmediate(() => {
      this.#arriving = undefined;
      this.#pump();
    });
    return batch.result;
  }

  /** Releases all that is not being inserted at this moment, and whatever comes from now on. */
  giveUp(): void {
    this.#givingUp.abort();
    this.#releaseWaiting(() => true);
    clearTimeout(this.#linger);
    clearImmediate(this.#arriving);
  }

  /** Resolves when no insert is under way, and the store is not being asked whether it takes rows again. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#inserting === 0 && !this.#asking;
  }

  #pump(): void {
    while (this.#inserting < this.#spec.concurrency && this.#waiting.length > 0) {
      const lingerMs = this.#lingerLeft();
      if (lingerMs > 0) {
        this.#lingerFor(lingerMs);
        return;
      }
      void this.#run(this.#takeParts());
    }
  }

  /** 0 when the next insert is full or has waited long enough. */
  #lingerLeft(): number {
    const { maxRows, lingerMs } = this.#spec;
    const [oldest] = this.#waiting;
    if (!oldest || this.#waitingRows >= maxRows) return 0;
    return oldest.arrivedAt + lingerMs - performance.now();
  }

  #lingerFor(ms: number): void {
    if (this.#linger) return;
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      this.#pump();
    }, ms);
  }

  #takeParts(): Part[] {
    const counts = planInsert(
      this.#waiting.values().map(({ left }) => left),
      this.#spec.maxRows,
    );
    const parts = counts.flatMap((count, index) => this.#waiting[index]?.take(count) ?? []);
    // Only the first can have rows left: a batch that is cut is alone in its insert.
    this.#waiting = this.#waiting.slice(this.#waiting[0]?.left === 0 ? counts.length : 0);
    for (const { rows } of parts) this.#waitingRows -= rows.length;
    return parts;
  }

  async #run(parts: readonly Part[]): Promise<void> {
    this.#inserting += 1;
    await this.#insert(parts);
    this.#inserting -= 1;
    this.#pump();
    if (this.#mustAsk && !this.#asking) void this.#askUntilBack();
    this.#tellIdle();
  }

  /** What was in hand is given back, and others write it: no insert of this queue would show that the store is back. */
  async #askUntilBack(): Promise<void> {
    const { writer } = this.#spec;
    this.#asking = true;
    for (let tries = 0; this.#mustAsk; tries += 1) {
      await this.#pause("AWAY", tries);
      if (this.#mustAsk && (await writer.write([])).kind === "written") this.#setOutage(false);
    }
    this.#asking = false;
    this.#tellIdle();
  }

  get #mustAsk(): boolean {
    return this.#outage && this.#inserting === 0 && !this.#givingUp.signal.aborted;
  }

  #tellIdle(): void {
    if (!this.#isIdle) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }

  /** Before the next try; giving up ends it. */
  async #pause(why: NotNow, tries: number): Promise<void> {
    const { backoff, sleep } = this.#spec;
    // The only way in which a sleep fails is being woken.
    await sleep(backoff(why, tries), this.#givingUp.signal).catch(() => {});
  }

  /** Tries until the rows are written or released. */
  async #insert(parts: readonly Part[]): Promise<void> {
    const { maxHoldMs } = this.#spec;
    let remaining = parts;
    const releaseOverdue = (): void => {
      remaining = this.#releaseOverdue(remaining);
    };
    // A write may hang for longer than a batch is held. It is left to the store then: writing its rows again does no harm.
    const hanging = setInterval(() => {
      if (this.#givingUp.signal.aborted) return;
      const held = remaining.length;
      releaseOverdue();
      if (held > 0 && remaining.length === 0) this.#setOutage(true);
    }, maxHoldMs / LOOKS_PER_HOLD);
    for (let tries = 0; remaining.length > 0; tries += 1) {
      const why = await this.#try(() => remaining, tries);
      if (why === undefined) break;
      await this.#pause(why, tries);
      releaseOverdue();
    }
    clearInterval(hanging);
  }

  /** @returns why the rows are not written; undefined when they are */
  async #try(remaining: () => readonly Part[], tries: number): Promise<NotNow | undefined> {
    const { writer, observer } = this.#spec;
    const startedAt = performance.now();
    const rows = remaining().flatMap((part) => part.rows);
    const result = await writeApart(writer, rows);
    if (result.kind === "notNow") {
      observer.notNow(result.why, result.error, tries);
      if (result.why !== "CONTENTION") this.#setOutage(true);
      return result.why;
    }
    observer.inserted({ ...result, rows: rows.length, tookMs: performance.now() - startedAt });
    this.#setOutage(false);
    // What was released meanwhile is somebody else's.
    this.#settle(remaining(), result.failures);
    return undefined;
  }

  #settle(parts: readonly Part[], failures: readonly RowFailure[]): void {
    const now = this.#spec.now();
    for (const { batch, rows } of parts) {
      const own = failures.length === 0 ? failures : failures.filter(({ row }) => rows.includes(row));
      if (batch.settle(rows.length, own)) this.#spec.observer.committed(now - batch.acceptedAt);
    }
  }

  /** Keeps the parts that may still be tried here. */
  #releaseOverdue(parts: readonly Part[]): Part[] {
    const oldest = performance.now() - this.#spec.maxHoldMs;
    const isOver = (batch: PendingBatch): boolean => this.#givingUp.signal.aborted || batch.arrivedAt <= oldest;
    this.#releaseWaiting(isOver);
    for (const { batch, rows } of parts) if (isOver(batch)) batch.release(rows.length);
    return parts.filter(({ batch }) => !isOver(batch));
  }

  #releaseWaiting(isOver: (batch: PendingBatch) => boolean): void {
    const over = this.#waiting.filter((batch) => isOver(batch));
    if (over.length === 0) return;
    this.#waiting = this.#waiting.filter((batch) => !isOver(batch));
    for (const batch of over) {
      this.#waitingRows -= batch.left;
      batch.release(batch.take(batch.left).rows.length);
    }
  }

  #setOutage(outage: boolean): void {
    if (this.#outage === outage) return;
    this.#outage = outage;
    this.#spec.observer.outage(outage);
    this.#spec.onOutage?.(outage);
  }
}
