import { randomUUID } from "node:crypto";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import {
  type AttachRequest,
  type DispatchService,
  type Failure,
  Failure_Kind,
  type Register,
} from "@firstcome/contracts/dispatch";
import { type CallContext, Code, type Handler, resourceExhausted, RpcError, unavailable } from "@firstcome/rpc";
import { type Clock, TimeoutError, withTimeout } from "@firstcome/runtime";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { Session, SessionEnd } from "../dispatch/session.ts";
import type { DispatchControl } from "../domain/dispatch-control.ts";
import type { ItemFailure } from "../domain/judgement.ts";
import { redisUnavailable } from "./refusals.ts";
import { type AttachStream, StreamLine } from "./stream-line.ts";

export interface AttachSpec {
  dispatch: Dispatch;
  control: Pick<DispatchControl, "nextWorkerSerial">;
  clock: Clock;
  wallClock: Clock;
  dispatcherId: string;
  heartbeatMs: number;
  deliveryDeadlineMs: number;
}

/** Registers the worker, then listens to it until one side ends the stream. An invalid message is such an end. */
export function attach(spec: AttachSpec): Handler<typeof DispatchService, "attach"> {
  return async (stream, ctx) => {
    const requests = stream[Symbol.asyncIterator]();
    const session = await register(spec, await firstRequest(requests, spec.heartbeatMs), stream, ctx);
    const listening = listen(requests, session, spec.clock);
    // Only the worker's own end is told by it; after any other it is no news.
    listening.catch(() => undefined);
    const end = await session.over;
    if (end === "WORKER_GONE") await listening;
    const failure = failureOf(end);
    if (failure) throw failure;
  };
}

async function firstRequest(requests: AsyncIterator<AttachRequest>, heartbeatMs: number): Promise<Register> {
  try {
    const first = await withTimeout(requests.next(), heartbeatMs * 3, "registering");
    if (!first.done && first.value.kind.case === "register") return first.value.kind.value;
    throw new RpcError(Code.INVALID_ARGUMENT, "NOT_REGISTERED", "the first message must be Register");
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new RpcError(Code.DEADLINE_EXCEEDED, "NOT_REGISTERED", "Register did not come in time");
  }
}

async function register(
  spec: AttachSpec,
  { name, capacity }: Register,
  stream: AttachStream,
  ctx: CallContext,
): Promise<Session> {
  const { dispatch, control, wallClock, dispatcherId, heartbeatMs, deliveryDeadlineMs } = spec;
  const serialNo = await control.nextWorkerSerial().catch((error: unknown) => {
    throw redisUnavailable(error);
  });
  if (dispatch.stopping) throw draining();
  if (!stream.open) throw new RpcError(Code.CANCELLED, "CANCELLED", "the worker went away");
  const workerId = randomUUID();
  stream.write({
    kind: {
      case: "registered",
      value: {
        workerId,
        serialNo,
        dispatcherId,
        heartbeatInterval: durationFromMs(heartbeatMs),
        deliveryDeadline: durationFromMs(deliveryDeadlineMs),
      },
    },
  });
  const worker = { workerId, serialNo, name, peer: ctx.peer, attachedAt: wallClock.now() };
  return dispatch.attach(worker, toCapacity(capacity), new StreamLine(stream));
}

async function listen(requests: AsyncIterator<AttachRequest>, session: Session, clock: Clock): Promise<void> {
  try {
    for (let next = await requests.next(); !next.done; next = await requests.next()) hear(next.value, session, clock);
  } finally {
    session.end("WORKER_GONE");
  }
}

function hear({ kind }: AttachRequest, session: Session, clock: Clock): void {
  session.heard();
  switch (kind.case) {
    case "ack":
      return session.ack(kind.value.batchIds);
    case "nack": {
      const { batchId, attemptToken: token, failures } = kind.value;
      return session.nack({ batchId, token, failures: failures.map(toFailure) });
    }
    case "extend": {
      const { batchId, attemptToken: token, by } = kind.value;
      return session.extend({ batchId, token, byMs: by ? durationMs(by) : 0 });
    }
    case "credit":
      return session.credit(kind.value);
    case "drain":
      return session.drain(clock.now());
    case "register":
      throw new RpcError(Code.INVALID_ARGUMENT, "ALREADY_REGISTERED", "a worker registers once per stream");
    case "heartbeat":
    case undefined:
      return undefined;
  }
}

function toFailure({ kind, userIds, reason, delay }: Failure): ItemFailure {
  return { kind: toFailureKind(kind), userIds, reason: reason || "NACKED", delayMs: delay && durationMs(delay) };
}

function toFailureKind(kind: Failure["kind"]): ItemFailure["kind"] {
  if (kind === Failure_Kind.FATAL) return "fatal";
  if (kind === Failure_Kind.RELEASED) return "released";
  // The contract's rules let no other through.
  return "retriable";
}

function toCapacity(capacity: Register["capacity"]): { maxBatches: number; maxItems: number } {
  return { maxBatches: capacity?.maxBatches ?? 0, maxItems: capacity?.maxItems ?? 0 };
}

function failureOf(end: SessionEnd): RpcError | undefined {
  switch (end) {
    case "DRAINED":
    case "WORKER_GONE":
      return undefined;
    case "HEARTBEATS_MISSED":
      return new RpcError(Code.DEADLINE_EXCEEDED, end, "nothing was heard of the worker");
    case "TOO_MANY_ACKS":
      return resourceExhausted(end, "too many unconfirmed Acks: attach anew and repeat them", 1_000);
    case "MAX_STREAM_AGE":
      return unavailable(end, "the stream is old: attach anew", 0);
    case "DRAINING":
      return draining();
  }
  return end satisfies never;
}

function draining(): RpcError {
  return unavailable("DRAINING", "this dispatcher takes no workers any more; attach elsewhere", 1_000);
}
