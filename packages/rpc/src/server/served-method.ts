import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { isTracing, type Logger } from "@firstcome/runtime";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Principal } from "../auth/principal.ts";
import { type Access, assertAllowed } from "../auth/rule.ts";
import { Code } from "../errors/code.ts";
import { deadlineExceeded, RpcError } from "../errors/rpc-error.ts";
import { AUTHORIZATION } from "../headers.ts";
import { codecOf, type MessageCodec } from "../codec/message-codec.ts";
import { inServerSpan } from "../tracing.ts";
import { type CallScope, type GrpcCall, ServerCallContext } from "./call-context.ts";
import type { MethodMetrics } from "./call-metrics.ts";
import { assertValid, warmValidator } from "./validator.ts";
import { type WellFormed, wellFormedOf } from "./well-formed.ts";

/** What a server gives all its methods. */
export interface MethodHost {
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly draining: AbortSignal;
  meter(method: string): MethodMetrics;
}

/** One method on one server: the steps that a call of any kind goes through around its handler. */
export class ServedMethod {
  readonly #descriptor: DescMethod;
  readonly #access: Access;
  readonly #authenticator: Authenticator;
  readonly #metrics: MethodMetrics;
  readonly #scope: CallScope;
  readonly #input: MessageCodec<DescMessage>;
  readonly #output: MessageCodec<DescMessage>;
  readonly #assertWellFormed: WellFormed | undefined;

  constructor(descriptor: DescMethod, access: Access, host: MethodHost) {
    const method = `${descriptor.parent.typeName}/${descriptor.name}`;
    this.#descriptor = descriptor;
    this.#access = access;
    this.#authenticator = host.authenticator;
    this.#metrics = host.meter(method);
    this.#scope = { method, log: host.log, draining: host.draining };
    this.#input = codecOf(descriptor.input);
    this.#output = codecOf(descriptor.output);
    this.#assertWellFormed = wellFormedOf(descriptor.input);
    warmValidator(descriptor.input);
  }

  open(call: GrpcCall): ServerCallContext {
    return new ServerCallContext(call, this.#scope, this.#metrics.began(call));
  }

  /** Lets the call in or throws. A promise only when the token was never seen before. */
  admit(ctx: ServerCallContext): Promise<void> | undefined {
    const { deadline } = ctx;
    if (deadline !== undefined && deadline <= Date.now()) {
      throw deadlineExceeded("DEADLINE_EXCEEDED", "the deadline passed before the call was begun");
    }
    if (this.#access === "public" || !this.#authenticator.required) return undefined;
    const principal = this.#authenticator.authenticate(ctx.header(AUTHORIZATION));
    if (principal instanceof Promise) return this.#enterLate(ctx, principal);
    this.#enter(ctx, principal);
    return undefined;
  }

  /** Bytes to a message that keeps the rules of its proto. */
  decode(bytes: Uint8Array): MessageShape<DescMessage> {
    const message = this.#parse(bytes);
    this.#assertWellFormed?.(message);
    assertValid(this.#descriptor.input, message);
    return message;
  }

  encode(response: MessageInitShape<DescMessage>): Buffer {
    return this.#output.encode(response);
  }

  /** Runs the handler's part of a call, in a span when tracing is on. */
  run<T>(ctx: ServerCallContext, work: () => T | Promise<T>): T | Promise<T> {
    return isTracing() ? inServerSpan(this.#scope.method, ctx.metadata, async () => await work()) : work();
  }

  finished(ctx: ServerCallContext, code: Code): void {
    this.#metrics.finished(ctx.began, ctx.gone ? goneCode(ctx) : code);
    ctx.answered = true;
  }

  /** What the caller is told of a throw. The unexpected becomes INTERNAL, and its story goes to the log only. */
  toError(thrown: unknown, ctx: ServerCallContext): RpcError {
    if (ctx.gone) return goneError(ctx);
    if (thrown instanceof RpcError) {
      if (SERVER_FAULTS.has(thrown.code)) ctx.log.error({ err: thrown }, "a call failed");
      else if (thrown.cause !== undefined) ctx.log.debug({ err: thrown }, "a call was refused");
      return thrown;
    }
    ctx.log.error({ err: thrown }, "a handler threw");
    return new RpcError(Code.INTERNAL, "INTERNAL", "internal error");
  }

  async #enterLate(ctx: ServerCallContext, principal: Promise<Principal>): Promise<void> {
    this.#enter(ctx, await principal);
    if (ctx.gone) throw goneError(ctx);
  }

  #enter(ctx: ServerCallContext, principal: Principal): void {
    assertAllowed(this.#access, principal);
    ctx.principal = principal;
  }

  #parse(bytes: Uint8Array): MessageShape<DescMessage> {
    try {
      return this.#input.decode(bytes);
    } catch (error) {
      throw new RpcError(Code.INVALID_ARGUMENT, "MALFORMED_MESSAGE", "the request is not a message of its type", {
        cause: error,
      });
    }
  }
}

/** What reading from a peer that went away throws. */
export function goneError(ctx: ServerCallContext): RpcError {
  return goneCode(ctx) === Code.DEADLINE_EXCEEDED
    ? deadlineExceeded("DEADLINE_EXCEEDED", "the deadline passed")
    : new RpcError(Code.CANCELLED, "CANCELLED", "the caller went away");
}

function goneCode(ctx: ServerCallContext): Code {
  const { deadline } = ctx;
  return deadline !== undefined && deadline <= Date.now() ? Code.DEADLINE_EXCEEDED : Code.CANCELLED;
}

const SERVER_FAULTS: ReadonlySet<Code> = new Set([Code.INTERNAL, Code.UNKNOWN, Code.DATA_LOSS]);
