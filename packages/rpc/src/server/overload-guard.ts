import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Counter } from "@firstcome/runtime";
import type { Server } from "@grpc/grpc-js";
import { resourceExhausted } from "../errors/rpc-error.ts";
import { toStatus } from "../errors/wire.ts";
import { http2ServersOf } from "./http2-servers.ts";
import type { Arrival, Intake } from "./intake.ts";
import { ReadingRounds } from "./reading-rounds.ts";

export interface OverloadLimit {
  intake: Intake;
  /** "/firstcome.coupon.v1.CouponService/IssueCoupon": counted by the intake. */
  counted: ReadonlySet<string>;
  /** "/firstcome.coupon.v1.CouponAdminService/GetCoupon": never shed. */
  exempt: ReadonlySet<string>;
  /** Counts those that were shed. */
  shed?: Counter | undefined;
}

/**
 * Sheds calls while the process works on as many as it may, with RESOURCE_EXHAUSTED (OVERLOADED) and a retry time, before grpc-js
 * has made a call of them; and reads no more in a turn of the event loop than it can answer in it, one way or the other. So
 * a turn stays short whatever the sockets hold: answers, health checks, streams and timers have theirs in time, and the
 * calls that wait unread are held with their senders by TCP's and HTTP/2's flow control.
 *
 * Must be called after the server is bound. grpc-js offers nothing that comes before a call is made, so its own listener is
 * put behind this one.
 */
export function shedOverload(server: Server, { intake, counted, exempt, shed }: OverloadLimit): void {
  const rounds = new ReadingRounds();
  const refusals = refusalHeaders();
  let inTurn = false;
  let paused = false;
  let refused = 0;
  let arrived: ArrivingStream[] = [];
  const endTurn = (): void => {
    intake.turnEnded();
    for (const stream of arrived) if (intake.awaits(stream)) watch(stream);
    arrived = [];
    inTurn = false;
    if (rounds.nextTurn(paused)) beginTurn();
    paused = false;
  };
  const beginTurn = (): void => {
    inTurn = true;
    intake.turnBegan(performance.now());
    // Runs when all sockets that have something and are read were read.
    setImmediate(endTurn);
  };
  const noteCall = (session: ServerHttp2Session | undefined): void => {
    rounds.heard(session);
    if (!inTurn) beginTurn();
  };
  // One for all streams: the hot path makes no closure for a call.
  const noteGone = function (this: ArrivingStream): void {
    intake.gone(this);
  };
  const letIn = (stream: ArrivingStream): void => {
    // It has closed, or is about to, and nothing begins on it.
    if (stream.destroyed) return;
    intake.letIn(stream);
    arrived.push(stream);
  };
  // Only those that have not begun by the end of their turn. Nearly all have, and another listener for the end of a stream, beside
  // that of grpc-js, is nearly a kilobyte: Node keeps several in a list, which it copies to go through it.
  const watch = (stream: ArrivingStream): void => {
    if (stream.destroyed) intake.gone(stream);
    else stream.on("close", noteGone);
  };
  const noteRefusal = (): void => {
    shed?.inc();
    refused += 1;
    if (paused || !intake.refused(performance.now())) return;
    paused = true;
    rounds.pause();
  };

  for (const http2Server of http2ServersOf(server)) {
    const [serve, ...others] = http2Server.listeners("stream");
    if (!serve || others.length > 0) throw new Error("grpc-js does not serve streams by one listener any more");
    http2Server.on("session", (session: ServerHttp2Session) => rounds.add(session));
    http2Server.removeListener("stream", serve as OnStream);
    http2Server.on("stream", (stream: ArrivingStream, headers: IncomingHttpHeaders) => {
      noteCall(stream.session as ServerHttp2Session | undefined);
      const path = headers[":path"] ?? "";
      if (intake.hasRoom || exempt.has(path)) {
        if (counted.has(path)) letIn(stream);
        // It takes no more than these.
        serve(stream, headers);
        return;
      }
      refuse(stream, refusals[refused % refusals.length] as string[]);
      noteRefusal();
    });
  }
}

type ArrivingStream = ServerHttp2Stream & Arrival;
type OnStream = (...args: unknown[]) => void;

function refuse(stream: ServerHttp2Stream, headers: string[]): void {
  // Gone already, or breaking while it is told: nobody hears it.
  if (stream.destroyed) return;
  stream.on("error", ignore);
  stream.respond(headers, NO_MORE);
  // Nobody reads what was sent with the call, and a stream that is not read never closes.
  stream.resume();
}

const NO_MORE = { endStream: true, sendDate: false };

function ignore(): void {}

/** Names and values by turns, which Node takes as they are. Of several retry times, so that not all come back together. */
function refusalHeaders(): string[][] {
  return Array.from({ length: SPREAD }, (_, nth) => {
    const retryAfterMs = RETRY_AFTER_MS * (0.5 + nth / SPREAD);
    const error = resourceExhausted("OVERLOADED", "the server has more calls than it can serve", retryAfterMs);
    const { code, details, metadata } = toStatus(error);
    return Object.entries({
      ":status": "200",
      "content-type": "application/grpc+proto",
      "grpc-status": String(code),
      "grpc-message": encodeURI(details),
      ...metadata.toHttp2Headers(),
    }).flatMap(([name, value]) => [name, String(value)]);
  });
}

const SPREAD = 16;
/** Of the order of what those that are worked on take: earlier there is no room for more. */
const RETRY_AFTER_MS = 1_000;
