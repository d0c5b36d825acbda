import { isTracing } from "@firstcome/runtime";
import { type CallOptions as GrpcCallOptions, Metadata } from "@grpc/grpc-js";
import { Code } from "../errors/code.ts";
import { RpcError } from "../errors/rpc-error.ts";
import { REQUEST_ID } from "../headers.ts";
import type { CallContext } from "../server/call-context.ts";
import { injectTrace } from "../tracing.ts";
import { authorize } from "./authorize.ts";
import type { CancellableCall, Channel } from "./channel.ts";

export interface CallOptions {
  /** From now. */
  timeoutMs?: number | undefined;
  /** Epoch ms; the earlier of the two counts. */
  deadline?: number | undefined;
  /** Cancels the call. */
  signal?: AbortSignal | undefined;
  /** Sent as headers. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** The call that this one is made for: its deadline, cancellation and request id are passed on. */
  ctx?: Pick<CallContext, "deadline" | "signal" | "requestId"> | undefined;
}

export const NO_OPTIONS: CallOptions = {};

/** A call's headers and deadline, as grpc-js wants them. */
export function prepare(
  channel: Channel,
  options: CallOptions,
  defaultTimeoutMs?: number,
): { metadata: Metadata; callOptions: GrpcCallOptions } {
  const metadata = new Metadata();
  const callOptions = deadlineOf(options, defaultTimeoutMs);
  for (const name in options.metadata) metadata.set(name, options.metadata[name] ?? "");
  if (options.ctx) metadata.set(REQUEST_ID, options.ctx.requestId());
  if (isTracing()) injectTrace(metadata);
  const late = channel.token && authorize(metadata, channel.token);
  if (late) callOptions.interceptors = [late];
  return { metadata, callOptions };
}

/**
 * Cancels the call when its channel closes, and when the options' signal or their context's says so.
 *
 * @returns what to call when the call is over
 */
export function cancelOn(channel: Channel, options: CallOptions, call: CancellableCall): () => void {
  const { calls } = channel;
  calls.add(call);
  if (!options.signal && !options.ctx) return () => void calls.delete(call);
  const cancel = (): void => call.cancel();
  const signals = [options.signal, options.ctx?.signal].filter((signal) => signal !== undefined);
  for (const signal of signals) signal.addEventListener("abort", cancel, { once: true });
  return () => {
    calls.delete(call);
    for (const signal of signals) signal.removeEventListener("abort", cancel);
  };
}

/** @throws RpcError CANCELLED when the options are cancelled, or the channel closed, before the call begins */
export function assertWanted(channel: Channel, options: CallOptions): void {
  if (channel.closed) throw new RpcError(Code.CANCELLED, "CHANNEL_CLOSED", "the channel is closed");
  if (options.signal?.aborted || options.ctx?.signal.aborted) {
    throw new RpcError(Code.CANCELLED, "CANCELLED", "the call was cancelled before it was sent");
  }
}

/** The earliest moment that the options name. A call that names none waits `defaultTimeoutMs`, or for ever without it. */
function deadlineOf({ timeoutMs, deadline, ctx }: CallOptions, defaultTimeoutMs: number | undefined): GrpcCallOptions {
  const waitMs = timeoutMs ?? (deadline === undefined ? defaultTimeoutMs : undefined);
  const earliest = Math.min(
    waitMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + waitMs,
    deadline ?? Number.POSITIVE_INFINITY,
    ctx?.deadline ?? Number.POSITIVE_INFINITY,
  );
  return earliest === Number.POSITIVE_INFINITY ? {} : { deadline: earliest };
}
