import { randomUUID } from "node:crypto";
import type { Logger } from "@firstcome/runtime";
import type { Metadata } from "@grpc/grpc-js";
import { ANONYMOUS, type Principal } from "../auth/principal.ts";
import { REQUEST_ID } from "../headers.ts";

/** What a handler knows of the call besides the request. */
export interface CallContext {
  /** "firstcome.coupon.v1.CouponService/IssueCoupon" */
  readonly method: string;
  /** Epoch ms; undefined when the caller waits for ever. */
  readonly deadline: number | undefined;
  /** Aborts when nobody waits for the answer any more: cancelled, deadline passed, connection lost. Made when first asked for. */
  readonly signal: AbortSignal;
  /** Aborts when the server begins to stop: a stream that would stay open ends itself. One per server. */
  readonly draining: AbortSignal;
  readonly principal: Principal;
  /** Address of the other end: "127.0.0.1:51234". */
  readonly peer: string;
  /** The caller's `x-request-id` if it can go on into logs and other calls as it is, else one made up here. */
  requestId(): string;
  /** Carries method and request id. Made when first asked for. */
  readonly log: Logger;
}

/** What is used of grpc-js's server calls; all four kinds have it. */
export interface GrpcCall {
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  getPeer(): string;
  getDeadline(): Date | number;
  once(event: "cancelled", listener: () => void): unknown;
}

/** What is the same for all calls of a method on a server. */
export interface CallScope {
  readonly method: string;
  readonly log: Logger;
  readonly draining: AbortSignal;
}

/** Cheap to make, one per call: everything costly waits until it is asked for. */
export class ServerCallContext implements CallContext {
  principal: Principal = ANONYMOUS;
  /** Set once the call is answered, after which the end of the stream is no news to the handler. */
  answered = false;
  /** When the call arrived, on the clock of its metrics. */
  readonly began: number;
  readonly #call: GrpcCall;
  readonly #scope: CallScope;
  #abort: AbortController | undefined;
  #requestId: string | undefined;
  #log: Logger | undefined;

  constructor(call: GrpcCall, scope: CallScope, began: number) {
    this.#call = call;
    this.#scope = scope;
    this.began = began;
  }

  get method(): string {
    return this.#scope.method;
  }

  get deadline(): number | undefined {
    const deadline = Number(this.#call.getDeadline());
    return deadline === Number.POSITIVE_INFINITY ? undefined : deadline;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.onGone(() => abort.abort());
    }
    return this.#abort.signal;
  }

  get draining(): AbortSignal {
    return this.#scope.draining;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  requestId(): string {
    return (this.#requestId ??= this.#givenRequestId() ?? randomUUID());
  }

  get log(): Logger {
    return (this.#log ??= this.#scope.log.child({ method: this.method, requestId: this.requestId() }));
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  header(name: string): string | undefined {
    const [value] = this.#call.metadata.get(name);
    return typeof value === "string" ? value : undefined;
  }

  #givenRequestId(): string | undefined {
    const given = this.header(REQUEST_ID);
    return given !== undefined && REQUEST_ID_FORM.test(given) ? given : undefined;
  }

  /** Nobody waits for the answer any more. */
  get gone(): boolean {
    return this.#call.cancelled && !this.answered;
  }

  /** Calls `listener` when {@link gone} becomes true, at once if it is. */
  onGone(listener: () => void): void {
    if (this.gone) listener();
    // grpc-js emits this at the end of every call, also of one that was answered.
    else this.#call.once("cancelled", () => void (this.answered || listener()));
  }
}

/** Every line in the log carries it: a caller must not make them kilobytes long. */
const REQUEST_ID_FORM = /^[\x21-\x7e]{1,128}$/;
