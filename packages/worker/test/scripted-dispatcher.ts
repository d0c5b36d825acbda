import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AttachRequest,
  type AttachResponseSchema,
  type BatchSchema,
  DispatchService,
} from "@firstcome/contracts/dispatch";
import { type DuplexStream, implement, startServer } from "@firstcome/rpc";
import { type AuthConfig, AsyncQueue, silentLogger, withTimeout } from "@firstcome/runtime";
import { findFreePort } from "@firstcome/testkit";

export type Kind = NonNullable<AttachRequest["kind"]["case"]>;
type Said<K extends Kind> = Extract<AttachRequest["kind"], { case: K }>["value"];
type Response = NonNullable<MessageInitShape<typeof AttachResponseSchema>["kind"]>;

const PATIENCE_MS = 60_000;

export interface ScriptedDispatcherOptions {
  heartbeatMs?: number;
  deadlineMs?: number;
  auth?: AuthConfig;
  port?: number;
  /** Unless false, Drain is answered with Drained at once. */
  drains?: boolean;
}

/** A dispatcher that does what the test says: real gRPC and the real contract, no rules of its own. */
export class ScriptedDispatcher implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #conversations: AsyncQueue<Conversation>;
  readonly #stop: () => Promise<void>;

  static async start(options: ScriptedDispatcherOptions = {}): Promise<ScriptedDispatcher> {
    const conversations = new AsyncQueue<Conversation>({ capacity: 100 });
    const open = new Set<Conversation>();
    const server = await startServer({
      name: "scripted-dispatcher",
      host: "127.0.0.1",
      port: options.port ?? (await findFreePort()),
      log: silentLogger,
      auth: options.auth ?? { kind: "off" },
      services: [
        implement(DispatchService, {
          async attach(stream) {
            const conversation = new Conversation(stream, options);
            open.add(conversation);
            conversations.push(conversation);
            try {
              await conversation.over;
            } finally {
              open.delete(conversation);
            }
          },
        }),
      ],
    });
    return new ScriptedDispatcher(server, conversations, async () => {
      for (const conversation of open) conversation.end();
      await server.drain(200);
    });
  }

  private constructor(
    { address, port }: { address: string; port: number },
    conversations: AsyncQueue<Conversation>,
    stop: () => Promise<void>,
  ) {
    this.address = address;
    this.port = port;
    this.#conversations = conversations;
    this.#stop = stop;
  }

  /** The next worker to open a stream; not registered yet. */
  async nextConversation(): Promise<Conversation> {
    const next = await withTimeout(this.#conversations.next(), PATIENCE_MS, "a worker's stream");
    if (next.done) throw new Error("the dispatcher has stopped");
    return next.value;
  }

  /** The next worker, welcomed. */
  async nextWorker(): Promise<Conversation> {
    const conversation = await this.nextConversation();
    await conversation.hears("register");
    conversation.welcome();
    return conversation;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** The dispatcher's end of one stream. */
export class Conversation {
  readonly #stream: DuplexStream<AttachRequest, MessageInitShape<typeof AttachResponseSchema>>;
  readonly #options: ScriptedDispatcherOptions;
  readonly #over = Promise.withResolvers<void>();
  #unread: AttachRequest["kind"][] = [];
  #wake: (() => void) | undefined;
  readonly heard: Kind[] = [];

  constructor(
    stream: DuplexStream<AttachRequest, MessageInitShape<typeof AttachResponseSchema>>,
    options: ScriptedDispatcherOptions,
  ) {
    this.#stream = stream;
    this.#options = options;
    void this.#listen();
  }

  /** Resolves when the script ends the stream; rejects when it breaks it. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** The worker is gone, or the stream is over. */
  get gone(): Promise<void> {
    return withTimeout(this.#stream.closed, PATIENCE_MS, "the end of the stream");
  }

  /** The next thing of this kind; what else the worker says before it is passed over, and kept in {@link heard}. */
  async hears<K extends Kind>(wanted: K): Promise<Said<K>> {
    return withTimeout(
      this.#next(wanted),
      PATIENCE_MS,
      `hearing ${wanted} (heard ${this.heard.join(", ") || "nothing"})`,
    );
  }

  welcome(serialNo = "1"): void {
    const { heartbeatMs = 1_000, deadlineMs = 10_000 } = this.#options;
    this.say({
      case: "registered",
      value: {
        workerId: `w${serialNo}`,
        serialNo,
        dispatcherId: "scripted",
        heartbeatInterval: durationFromMs(heartbeatMs),
        deliveryDeadline: durationFromMs(deadlineMs),
      },
    });
  }

  deliver(...batches: MessageInitShape<typeof BatchSchema>[]): void {
    this.say({ case: "deliver", value: { batches: batches.map((batch) => ({ ...A_BATCH, ...batch })) } });
  }

  confirm(...batchIds: string[]): void {
    this.say({ case: "ackConfirmed", value: { batchIds } });
  }

  say(kind: Response): void {
    this.#stream.write({ kind });
  }

  /** Says that nothing is with the worker any more, and ends the stream. */
  finish(): void {
    this.say({ case: "drained", value: {} });
    this.end();
  }

  /** Ends the stream without a word. */
  end(): void {
    this.#over.resolve();
  }

  /** Ends the stream as a crash of the dispatcher would look. */
  break(error: Error = new Error("the script breaks the stream")): void {
    this.#over.reject(error);
  }

  async #listen(): Promise<void> {
    try {
      for await (const { kind } of this.#stream) {
        if (kind.case) this.heard.push(kind.case);
        this.#unread.push(kind);
        this.#wake?.();
        if (kind.case === "drain" && this.#options.drains !== false) this.finish();
      }
    } catch {
      // The worker cancelled, or sent what the contract forbids; either way it is gone.
    }
  }

  async #next<K extends Kind>(wanted: K): Promise<Said<K>> {
    for (;;) {
      const index = this.#unread.findIndex((kind) => kind.case === wanted);
      const found = this.#unread[index];
      this.#unread = this.#unread.slice(index + 1);
      // The index was found by this very case.
      if (found) return found.value as Said<K>;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What a delivered batch is unless the test says otherwise. */
export const A_BATCH = {
  batchId: "0:1-1",
  attemptToken: "1",
  attempt: 1,
  couponId: "7",
  acceptedAt: timestampFromMs(Date.UTC(2030, 0, 1)),
  userIds: ["ann", "bob", "cyd"],
  firstIssueNo: 41,
} satisfies MessageInitShape<typeof BatchSchema>;
