import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AttachRequestSchema,
  type AttachResponse,
  type Batch,
  type DispatchService,
  Failure_Kind,
  type GoAway,
  type Registered,
} from "@firstcome/contracts/dispatch";
import { type Client, type ClientDuplex, RpcError } from "@firstcome/rpc";
import { AsyncQueue } from "@firstcome/runtime";

export interface Attaching {
  name?: string;
  maxBatches?: number;
  maxItems?: number;
  /** Says nothing that it is not told to say. */
  silent?: boolean;
}

type Request = MessageInitShape<typeof AttachRequestSchema>;
type Stream = ClientDuplex<Request, AttachResponse>;
export type Nack = { kind: keyof typeof Failure_Kind; users?: string[]; reason?: string; delayMs?: number };

/** A worker that says exactly what a test makes it say, and keeps what it hears by kind. */
export class TestWorker {
  readonly registered: Registered;
  readonly goAway = inbox<GoAway>();
  readonly drained = inbox<true>();
  readonly heartbeats = inbox<true>();
  /** How many batches came together. */
  readonly deliveries = inbox<number>();
  /** How the stream ended; undefined: with OK. */
  readonly ended: Promise<RpcError | undefined>;
  readonly #stream: Stream;
  readonly #batches = inbox<Batch>();
  readonly #confirmed = inbox<string>();

  static async attach(client: Client<typeof DispatchService>, options: Attaching = {}): Promise<TestWorker> {
    const { name = "test", maxBatches = 100, maxItems = 10_000, silent = false } = options;
    const stream = client.attach();
    stream.write({ kind: { case: "register", value: { name, capacity: { maxBatches, maxItems } } } });
    for await (const { kind } of stream) {
      if (kind.case === "registered") return new TestWorker(stream, kind.value, silent);
    }
    throw new Error("the dispatcher did not register the worker");
  }

  private constructor(stream: Stream, registered: Registered, silent: boolean) {
    this.#stream = stream;
    this.registered = registered;
    const beating = silent ? undefined : setInterval(() => this.say({ kind: { case: "heartbeat", value: {} } }), 20);
    void stream.closed.then(() => clearInterval(beating));
    this.ended = this.#listen();
  }

  /** The next so many batches, in the order of their delivery. */
  async take(count: number): Promise<Batch[]> {
    const batches: Batch[] = [];
    while (batches.length < count) batches.push(await next(this.#batches));
    return batches;
  }

  async takeOne(): Promise<Batch> {
    return await next(this.#batches);
  }

  /** Delivered and not taken by the test. */
  get waiting(): number {
    return this.#batches.size;
  }

  /** The next so many confirmed batch ids, sorted. */
  async confirmed(count: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) ids.push(await next(this.#confirmed));
    return ids.toSorted();
  }

  ack(...batches: readonly { batchId: string }[]): void {
    this.say({ kind: { case: "ack", value: { batchIds: batches.map(({ batchId }) => batchId) } } });
  }

  nack({ batchId, attemptToken }: Pick<Batch, "batchId" | "attemptToken">, ...nacks: readonly Nack[]): void {
    const failures = nacks.map(({ kind, users = [], reason = "", delayMs }) => ({
      kind: Failure_Kind[kind],
      userIds: users,
      reason,
      ...(delayMs !== undefined && { delay: durationFromMs(delayMs) }),
    }));
    this.say({ kind: { case: "nack", value: { batchId, attemptToken, failures } } });
  }

  extend({ batchId, attemptToken }: Pick<Batch, "batchId" | "attemptToken">, byMs: number): void {
    this.say({ kind: { case: "extend", value: { batchId, attemptToken, by: durationFromMs(byMs) } } });
  }

  credit(maxBatches: number, maxItems = 10_000): void {
    this.say({ kind: { case: "credit", value: { maxBatches, maxItems } } });
  }

  drain(): void {
    this.say({ kind: { case: "drain", value: {} } });
  }

  say(request: Request): void {
    this.#stream.write(request);
  }

  /** As if its process died. */
  crash(): void {
    this.#stream.cancel();
  }

  /** No more words, without a Drain. */
  hangUp(): void {
    this.#stream.end();
  }

  async #listen(): Promise<RpcError | undefined> {
    try {
      for await (const response of this.#stream) this.#hear(response);
      return undefined;
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    } finally {
      for (const box of [this.#batches, this.#confirmed, this.goAway, this.drained, this.heartbeats]) box.close();
    }
  }

  #hear({ kind }: AttachResponse): void {
    switch (kind.case) {
      case "deliver":
        this.deliveries.push(kind.value.batches.length);
        for (const batch of kind.value.batches) this.#batches.push(batch);
        break;
      case "ackConfirmed":
        for (const batchId of kind.value.batchIds) this.#confirmed.push(batchId);
        break;
      case "goAway":
        this.goAway.push(kind.value);
        break;
      case "drained":
        this.drained.push(true);
        break;
      case "heartbeat":
        this.heartbeats.push(true);
        break;
      case "registered":
      case undefined:
        throw new Error(`unexpected: ${kind.case}`);
    }
  }
}

/** The next of an inbox. */
export async function next<T>(box: AsyncQueue<T>): Promise<T> {
  const { done, value } = await box.next();
  if (done) throw new Error("the stream ended before it came");
  return value;
}

function inbox<T>(): AsyncQueue<T> {
  return new AsyncQueue<T>({ capacity: 1_000_000 });
}
