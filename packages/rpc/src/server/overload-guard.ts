import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Counter } from "@firstcome/runtime";
import type { Server } from "@grpc/grpc-js";
import { resourceExhausted } from "../errors/rpc-error.ts";
import { toStatus } from "../errors/wire.ts";

export interface OverloadLimit {
  /** How long the process takes calls from its connections before those that are left in this turn are shed; 0: for ever. */
  maxTurnMs: number;
  /** "/firstcome.coupon.v1.CouponAdminService/GetCoupon": never shed. */
  exempt: ReadonlySet<string>;
  /** Counts those that were shed. */
  shed?: Counter | undefined;
}

/**
 * Sheds calls while the process itself is the bottleneck, with RESOURCE_EXHAUSTED (OVERLOADED) and a retry time.
 *
 * A process that has more calls than it can serve does not see them queue: they wait in its sockets, and one turn of the event
 * loop takes in all that the sockets hold. A turn that lasts is therefore what overload looks like, and answers leave at its
 * end. So a turn serves calls for `maxTurnMs`; the others in it are told to come back, before grpc-js has made a call of
 * them. A burst that is served within it is not touched, and the next turn begins anew: nothing has to recover.
 *
 * Must be called after the server is bound. grpc-js offers nothing that comes before a call is made, so its own listener is
 * put behind this one.
 */
export function shedOverload(server: Server, { maxTurnMs, exempt, shed }: OverloadLimit): void {
  if (maxTurnMs === 0) return;
  const listening: unknown = Reflect.get(server, "http2Servers");
  if (!(listening instanceof Map)) throw new Error("grpc-js does not keep its HTTP/2 servers in http2Servers any more");
  const refusals = refusalHeaders(maxTurnMs);
  let turnEndsAt = 0;
  let refused = 0;
  const newTurn = (): void => void (turnEndsAt = 0);
  const mustShed = (path: string | undefined): boolean => {
    const now = performance.now();
    if (turnEndsAt === 0) {
      turnEndsAt = now + maxTurnMs;
      // Runs when all sockets that had something were read.
      setImmediate(newTurn);
    }
    return now > turnEndsAt && !exempt.has(path ?? "");
  };

  for (const http2Server of listening.keys() as Iterable<NodeJS.EventEmitter>) {
    const [serve, ...others] = http2Server.listeners("stream");
    if (!serve || others.length > 0) throw new Error("grpc-js does not serve streams by one listener any more");
    http2Server.removeListener("stream", serve as OnStream);
    http2Server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => {
      if (!mustShed(headers[":path"])) {
        Reflect.apply(serve, server, [stream, headers, ...rest]);
        return;
      }
      shed?.inc();
      refused += 1;
      refuse(stream, refusals[refused % refusals.length] as OutgoingHttpHeaders);
    });
  }
}

type OnStream = (...args: unknown[]) => void;

function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  // Gone already, or breaking while it is told: nobody hears it.
  if (stream.destroyed) return;
  stream.on("error", () => {});
  stream.respond(headers, { endStream: true });
  // Nobody reads what was sent with the call, and a stream that is not read never closes.
  stream.resume();
}

/** Of several retry times, so that those who were shed together do not come back together. */
function refusalHeaders(maxTurnMs: number): OutgoingHttpHeaders[] {
  return Array.from({ length: SPREAD }, (_, nth) => {
    const retryAfterMs = Math.ceil(maxTurnMs * (0.5 + nth / SPREAD));
    const error = resourceExhausted("OVERLOADED", "the server has more calls than it can serve", retryAfterMs);
    const { code, details, metadata } = toStatus(error);
    return {
      ":status": 200,
      "content-type": "application/grpc+proto",
      "grpc-status": String(code),
      "grpc-message": encodeURI(details),
      ...metadata.toHttp2Headers(),
    };
  });
}

const SPREAD = 16;
