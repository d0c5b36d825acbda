import { durationMs } from "@bufbuild/protobuf/wkt";
import type { AttachResponse, GoAway, Registered } from "@firstcome/contracts/dispatch";
import { deadlineExceeded, unavailable } from "@firstcome/rpc";
import type { AckCarrier } from "./ack-ledger.ts";
import type { Capacity } from "./capacity.ts";
import type { Line } from "./dial.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ItemFailure } from "./outcome.ts";
import { ack, credit, DRAIN, extend, HEARTBEAT, nack, register, release, type Request } from "./requests.ts";
import type { Attachment, SessionHost } from "./session-host.ts";

const REGISTER_TIMEOUT_MS = 10_000;
/** After Drained both sides close; a dispatcher that does not is left. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Where the dispatcher does not say. */
const DEFAULT_HEARTBEAT_MS = 5_000;
const DEFAULT_DELIVERY_DEADLINE_MS = 30_000;
/** An Extend is due at a third of the deadline, so two may be lost. */
const EXTENSIONS_PER_DEADLINE = 3;

export interface SessionSpec {
  address: string;
  name: string;
  capacity: Capacity;
  line: Line;
  host: SessionHost;
}

type State = "registering" | "taking" | "leaving" | "ended";

/** One conversation with one dispatcher, from Register to the end of the stream. */
export class Session implements AckCarrier {
  readonly #spec: SessionSpec;
  readonly #left = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #cancelled = Promise.withResolvers<void>();
  #state: State = "registering";
  #attachment: Attachment | undefined;
  #deadlineMs = DEFAULT_DELIVERY_DEADLINE_MS;
  #credit: Capacity;
  #failure: Error | undefined;
  #heartbeat: Heartbeat | undefined;
  #upkeep: NodeJS.Timeout | undefined;
  /** Whatever the session waits for at the moment: Registered, the end of the grace, the end of the stream. */
  #deadline: NodeJS.Timeout | undefined;

  constructor(spec: SessionSpec) {
    this.#spec = spec;
    this.#credit = spec.capacity;
  }

  /** Known once the dispatcher has registered the worker. */
  get attachment(): Attachment | undefined {
    return this.#attachment;
  }

  /** It gets new batches. */
  get taking(): boolean {
    return this.#state === "taking";
  }

  /** Resolves when the session takes no more work: it was told to go, asked to leave, or has ended. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Resolves at the end of the stream. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What is said reaches the dispatcher. */
  get open(): boolean {
    return this.#state === "taking" || this.#state === "leaving";
  }

  /** A batch that is not settled within this is taken back, unless {@link extend} gives it more. */
  get deliveryDeadlineMs(): number {
    return this.#deadlineMs;
  }

  /** How long after its delivery, or its last extension, a batch should be extended. */
  get extendAfterMs(): number {
    return this.#deadlineMs / EXTENSIONS_PER_DEADLINE;
  }

  /**
   * Speaks until the stream ends.
   *
   * @returns why it ended; undefined when both sides had said goodbye
   */
  async run(): Promise<Error | undefined> {
    const { name, capacity } = this.#spec;
    this.#expect(REGISTER_TIMEOUT_MS, "Registered");
    this.#say(register(name, capacity));
    await Promise.race([this.#listen(), this.#cancelled.promise]);
    const isGoodbye = this.#state === "leaving";
    this.#end();
    return this.#failure ?? (isGoodbye ? undefined : unavailable("STREAM_ENDED", "the dispatcher ended the stream"));
  }

  sendAck(batchIds: string[]): void {
    this.#say(ack(batchIds));
  }

  nack(batchId: string, token: string, failures: readonly ItemFailure[]): void {
    this.#say(nack(batchId, token, failures));
  }

  release(batchId: string, token: string): void {
    this.#say(release(batchId, token));
  }

  /** Asks for a full delivery deadline from now on. */
  extend(batchId: string, token: string): void {
    this.#say(extend(batchId, token, this.#deadlineMs));
  }

  offer(capacity: Capacity): void {
    if (capacity.maxBatches === this.#credit.maxBatches && capacity.maxItems === this.#credit.maxItems) return;
    this.#credit = capacity;
    this.#say(credit(capacity));
  }

  /** Takes no more work. The dispatcher ends the stream when what is in hand is settled. */
  leave(): void {
    if (this.#state === "registering") this.cancel();
    if (this.#state !== "taking") return;
    this.#state = "leaving";
    this.#say(DRAIN);
    this.#leaveWork();
  }

  /** Ends the stream now, without waiting for anybody's consent. */
  cancel(): void {
    this.#fail(unavailable("CANCELLED", "the worker ended the stream"));
  }

  async #listen(): Promise<void> {
    try {
      for await (const response of this.#spec.line.conversation) this.#hear(response);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  #hear(response: AttachResponse): void {
    if (this.#state === "ended") return;
    const { host } = this.#spec;
    this.#heartbeat?.heard();
    const { kind } = response;
    switch (kind.case) {
      case "registered":
        this.#welcome(kind.value);
        break;
      case "deliver":
        host.delivered(this, kind.value.batches);
        break;
      case "ackConfirmed":
        host.confirmed(kind.value.batchIds);
        break;
      case "goAway":
        this.#goAway(kind.value);
        break;
      case "drained":
        this.#spec.line.conversation.end();
        this.#expect(CLOSE_TIMEOUT_MS, "the end of the stream");
        break;
      // A heartbeat has been heard above; what a newer dispatcher may say beyond this contract changes nothing.
      case "heartbeat":
      case undefined:
        break;
    }
  }

  #welcome({ dispatcherId, workerId, serialNo, heartbeatInterval, deliveryDeadline }: Registered): void {
    if (this.#state !== "registering") return;
    this.#state = "taking";
    clearTimeout(this.#deadline);
    this.#attachment = { address: this.#spec.address, dispatcherId, workerId, serialNo };
    this.#deadlineMs = (deliveryDeadline && durationMs(deliveryDeadline)) || DEFAULT_DELIVERY_DEADLINE_MS;
    this.#heartbeat = new Heartbeat({
      intervalMs: (heartbeatInterval && durationMs(heartbeatInterval)) || DEFAULT_HEARTBEAT_MS,
      beat: () => this.#say(HEARTBEAT),
      lost: () => this.#fail(unavailable("HEARTBEATS_MISSED", "the dispatcher has gone silent")),
    });
    // Half of the time between two extensions: none is more than a sixth of the deadline late.
    this.#upkeep = setInterval(() => this.#spec.host.upkeep(this), this.extendAfterMs / 2);
    this.#spec.host.registered(this);
  }

  /** What is not settled when the grace is over is given back by the dispatcher; its Ack goes over the next session. */
  #goAway({ reason, grace }: GoAway): void {
    if (this.#state === "registering") {
      this.#fail(unavailable("GO_AWAY", `the dispatcher takes no workers: ${reason}`));
      return;
    }
    this.leave();
    this.#expect(grace ? durationMs(grace) + CLOSE_TIMEOUT_MS : this.#deadlineMs, "Drained");
  }

  #say(request: Request): void {
    this.#heartbeat?.said();
    // The buffer needs no watching: what a worker says is bounded by what it was given, and a dispatcher that reads
    // nothing hears no heartbeats and ends the stream.
    this.#spec.line.conversation.write(request);
  }

  #expect(ms: number, what: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#fail(deadlineExceeded("NO_ANSWER", `${what} did not come within ${ms} ms`)),
      ms,
    );
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#cancelled.resolve();
  }

  #end(): void {
    this.#state = "ended";
    clearTimeout(this.#deadline);
    clearInterval(this.#upkeep);
    this.#heartbeat?.[Symbol.dispose]();
    this.#spec.line.hangUp();
    this.#ended.resolve();
    this.#leaveWork();
  }

  #leaveWork(): void {
    this.#left.resolve();
    this.#spec.host.left(this);
  }
}
