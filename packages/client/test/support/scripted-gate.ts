import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type BatchErrorSchema,
  CouponService,
  type IssueCouponResponseSchema,
  type IssueCouponsRequest,
  type IssueCouponsResponseSchema,
  IssueOutcome,
} from "@firstcome/contracts/coupon";
import { Code, type DuplexStream, implement, RpcError, type RpcServer, startServer } from "@firstcome/rpc";
import { AsyncQueue, type RpcLimits, silentLogger, withTimeout } from "@firstcome/runtime";
import { findFreePort } from "@firstcome/testkit";
import { onTestFinished } from "vitest";

export type BatchAnswer = Omit<
  Extract<MessageInitShape<typeof IssueCouponsResponseSchema>, { $typeName?: never }>,
  "batchId"
>;
type BatchStream = DuplexStream<IssueCouponsRequest, MessageInitShape<typeof IssueCouponsResponseSchema>>;

export const DECIDED_AT = Date.UTC(2030, 0, 1);
const PATIENCE_MS = 60_000;

export interface ScriptedGateOptions {
  port?: number;
  /** What opening a stream fails with. */
  refusal?: RpcError;
  limits?: Partial<RpcLimits>;
}

/** A coupon service that records what it hears and answers when the test says so: real gRPC, the real contract. */
export class ScriptedGate implements AsyncDisposable {
  /** The user ids of each message, in the order of arrival. */
  readonly messages: string[][] = [];
  /** Users asked for by single calls. */
  readonly singles: string[] = [];
  /** Streams opened, refused ones included. */
  streams = 0;
  /** Of these, those that have not ended. */
  openStreams = 0;
  /** Streams stay open when the client has no more to say. */
  lingers = false;
  refusal: RpcError | undefined;
  /** What single calls fail with, one after the other, before they are answered. */
  readonly singleFailures: RpcError[] = [];
  readonly #batches = new AsyncQueue<Batch>({ capacity: 10_000 });
  readonly #numbers = new Map<string, number>();
  #server: RpcServer | undefined;
  #automatic = false;

  static async start({ port, refusal, limits }: ScriptedGateOptions = {}): Promise<ScriptedGate> {
    const gate = new ScriptedGate();
    gate.refusal = refusal;
    const server = await startServer({
      name: "scripted-gate",
      host: "127.0.0.1",
      port: port ?? (await findFreePort()),
      log: silentLogger,
      limits,
      services: [
        implement(CouponService, {
          issueCoupons: (stream) => gate.#converse(stream),
          issueCoupon: ({ userId }) => gate.#issueOne(userId),
          getUserCoupon: unused,
          listUserCoupons: unused,
          watchUserCoupon: unused,
          useCoupon: unused,
          restoreCoupon: unused,
        }),
      ],
    });
    gate.#server = server;
    onTestFinished(() => server.drain(0));
    return gate;
  }

  get address(): string {
    return this.#started.address;
  }

  get port(): number {
    return this.#started.port;
  }

  /** From now on every batch is accepted as it arrives. */
  answerAll(): void {
    this.#automatic = true;
  }

  /** The next message. */
  async hears(): Promise<Batch> {
    const next = await withTimeout(this.#batches.next(), PATIENCE_MS, "a batch");
    if (next.done) throw new Error("no more batches");
    return next.value;
  }

  /** Cuts off every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.drain(0);
  }

  get #started(): RpcServer {
    if (!this.#server) throw new Error("the gate is not started");
    return this.#server;
  }

  async #issueOne(userId: string): Promise<MessageInitShape<typeof IssueCouponResponseSchema>> {
    this.singles.push(userId);
    const failure = this.singleFailures.shift();
    if (failure) throw failure;
    return { outcome: IssueOutcome.ACCEPTED, issueNo: this.#number(userId), acceptedAt: timestampFromMs(DECIDED_AT) };
  }

  async #converse(stream: BatchStream): Promise<void> {
    this.streams += 1;
    const id = this.streams;
    if (this.refusal) throw this.refusal;
    this.openStreams += 1;
    void stream.closed.then(() => (this.openStreams -= 1));
    const over = Promise.withResolvers<void>();
    const answered: Promise<void>[] = [];
    const listen = async (): Promise<void> => {
      for await (const { batchId, couponId, userIds } of stream) {
        this.messages.push(userIds);
        const { promise, resolve } = Promise.withResolvers<void>();
        answered.push(promise);
        const say = (answer: BatchAnswer): void => {
          stream.write({ batchId, ...answer });
          resolve();
        };
        const batch = new Batch(id, couponId, userIds, (users) => users.map((user) => this.#number(user)), say, over);
        if (this.#automatic) batch.accept();
        else this.#batches.push(batch);
      }
      await Promise.all(answered);
      if (this.lingers) await over.promise;
    };
    await Promise.race([listen(), over.promise, stream.closed]);
  }

  #number(userId: string): number {
    const number = this.#numbers.get(userId) ?? this.#numbers.size + 1;
    this.#numbers.set(userId, number);
    return number;
  }
}

/** A message that waits for its answer. */
export class Batch {
  /** 1 for the first stream that was opened. */
  readonly stream: number;
  readonly couponId: string;
  readonly userIds: string[];
  readonly answer: (answer: BatchAnswer) => void;
  readonly #number: (userIds: string[]) => number[];
  readonly #over: PromiseWithResolvers<void>;

  constructor(
    stream: number,
    couponId: string,
    userIds: string[],
    number: (userIds: string[]) => number[],
    answer: (answer: BatchAnswer) => void,
    over: PromiseWithResolvers<void>,
  ) {
    this.stream = stream;
    this.couponId = couponId;
    this.userIds = userIds;
    this.answer = answer;
    this.#number = number;
    this.#over = over;
  }

  /** Everyone wins. Numbers run over all coupons; a user keeps theirs. */
  accept(): void {
    this.answer({
      outcomes: this.userIds.map(() => IssueOutcome.ACCEPTED),
      issueNos: this.#number(this.userIds),
      decidedAt: timestampFromMs(DECIDED_AT),
    });
  }

  /** Decided, but the answer is lost with the stream. */
  acceptAndBreak(): void {
    this.#number(this.userIds);
    this.#over.reject(new RpcError(Code.INTERNAL, "CRASH", "the script breaks the stream"));
  }

  fail(error: MessageInitShape<typeof BatchErrorSchema>): void {
    this.answer({ error });
  }

  /** As a service that stops. */
  endStream(): void {
    this.#over.resolve();
  }
}

function unused(): never {
  throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}
