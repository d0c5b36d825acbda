import type { DescMethod } from "@bufbuild/protobuf";
import type { Access } from "../auth/rule.ts";
import { codeName } from "../errors/code.ts";
import { RpcError } from "../errors/rpc-error.ts";
import type { CallContext } from "./call-context.ts";

/** Whether a method is for operators. What users may call too is for everybody, and only read by operators. */
export function isAdministrative(access: Access): boolean {
  return access !== "public" && access.has("admin") && !access.has("user");
}

/**
 * Wraps the handler of a method that is for operators: each call that an operator makes leaves one line in the log, at its
 * end, of who did what to what and what came of it. Services that may call it too leave none.
 */
export function audited(method: DescMethod, handler: unknown): unknown {
  return AUDITED[method.methodKind](handler);
}

// Each kind of method has its kind of handler; `implement` has checked that they fit.
const AUDITED: Record<DescMethod["methodKind"], (handler: unknown) => unknown> = {
  unary: (handler) => auditedUnary(handler as UnaryHandler),
  server_streaming: (handler) => auditedServerStreaming(handler as ServerStreamingHandler),
  client_streaming: (handler) => auditedClientStreaming(handler as ClientStreamingHandler),
  bidi_streaming: (handler) => auditedBidi(handler as BidiHandler),
};

type UnaryHandler = (request: object, ctx: CallContext) => object | Promise<object>;
type ServerStreamingHandler = (request: object, ctx: CallContext) => AsyncIterable<object>;
type ClientStreamingHandler = (requests: AsyncIterable<object>, ctx: CallContext) => Promise<object>;
type BidiHandler = (stream: object, ctx: CallContext) => Promise<void>;

function auditedUnary(handler: UnaryHandler): UnaryHandler {
  return async (request, ctx) => {
    using line = new AuditLine(ctx);
    line.concerns(request);
    const response = await line.outcomeOf(() => handler(request, ctx));
    line.made(response);
    return response;
  };
}

function auditedServerStreaming(handler: ServerStreamingHandler): ServerStreamingHandler {
  return async function* answer(request, ctx) {
    // Also written when the caller leaves, which ends the generator where it is.
    using line = new AuditLine(ctx);
    line.concerns(request);
    try {
      yield* handler(request, ctx);
      line.succeeded();
    } catch (error) {
      line.failed(error);
      throw error;
    }
  };
}

function auditedClientStreaming(handler: ClientStreamingHandler): ClientStreamingHandler {
  return async (requests, ctx) => {
    using line = new AuditLine(ctx);
    const noted = async function* note(): AsyncGenerator<object, void, undefined> {
      for await (const request of requests) {
        line.concerns(request);
        yield request;
      }
    };
    return await line.outcomeOf(() => handler(noted(), ctx));
  };
}

function auditedBidi(handler: BidiHandler): BidiHandler {
  return async (stream, ctx) => {
    using line = new AuditLine(ctx);
    await line.outcomeOf(() => handler(stream, ctx));
  };
}

/** Many ids are told by the first few and their number. */
const MOST_IDS = 10;

class AuditLine implements Disposable {
  readonly #ctx: CallContext;
  readonly #target: Record<string, unknown> = {};
  #messages = 0;
  #outcome: { outcome: string; reason?: string } = { outcome: "CANCELLED" };

  constructor(ctx: CallContext) {
    this.#ctx = ctx;
  }

  /** Notes which things a request is about: its ids, days and reasons. Of a stream, those of its first message. */
  concerns(request: object): void {
    this.#messages += 1;
    if (this.#messages > 1) return;
    for (const [name, value] of Object.entries(request)) {
      if (/Id$|^day$|^reason$/.test(name)) this.#target[name] = value;
      if (!name.endsWith("Ids") || !Array.isArray(value)) continue;
      this.#target[name] = value.slice(0, MOST_IDS);
      this.#target[`${name}Count`] = value.length;
    }
  }

  /** Notes the ids of what an answer holds, such as a coupon that was created. */
  made(response: object): void {
    for (const [name, value] of Object.entries(response)) {
      if (typeof value === "object" && value !== null && "id" in value) this.#target[`${name}Id`] = value.id;
    }
  }

  async outcomeOf<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.succeeded();
      return result;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  succeeded(): void {
    this.#outcome = { outcome: "OK" };
  }

  failed(error: unknown): void {
    this.#outcome =
      error instanceof RpcError ? { outcome: codeName(error.code), reason: error.reason } : { outcome: "INTERNAL" };
  }

  [Symbol.dispose](): void {
    const { principal, peer, log } = this.#ctx;
    if (principal.kind === "service") return;
    const messages = this.#messages > 1 ? { messages: this.#messages } : {};
    // Written however little else is: only a logger that is off altogether stays silent.
    const always = log.level === "silent" ? log : log.child({}, { level: "info" });
    always.info(
      { audit: true, principal, peer, target: this.#target, ...messages, ...this.#outcome },
      "an operator acted",
    );
  }
}
