import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, RetryInfoSchema, StatusSchema } from "@firstcome/contracts/errors";

/** One call, down to its bytes. */
export interface RawCall {
  /** "/firstcome.coupon.v1.CouponService/IssueCoupon" */
  path: string;
  /** Beside, or instead of, what every gRPC call sends; `undefined` leaves one out. */
  headers?: Record<string, string | string[] | undefined>;
  /** What is written, chunk by chunk: length-prefixed messages, or anything else. */
  chunks: readonly Uint8Array[];
  /** How the caller's half ends. */
  ending: "half-close" | "reset";
  /** Whether more than one message may come back: then the first is the answer, else the status that follows it. */
  answersMany?: boolean | undefined;
}

/** What came back. */
export interface RawAnswer {
  /** "answered": a status came; "open": the stream goes on after its first message; "reset": it was cut off. */
  kind: "answered" | "open" | "reset" | "silent";
  httpStatus: number | undefined;
  /** The gRPC status. */
  code: number | undefined;
  message: string;
  /** Of the ErrorInfo. */
  reason: string | undefined;
  domain: string | undefined;
  /** Of the RetryInfo. */
  retriable: boolean;
  messages: number;
}

/** A caller without manners: a bare HTTP/2 connection, which sends what no gRPC library would. */
export class RawCaller implements Disposable {
  readonly #address: string;
  #session: ClientHttp2Session | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /**
   * Resolves with the status, or with the first message of a stream that stays open, which is then cancelled.
   *
   * @param patienceMs after which a call counts as silent
   */
  call(call: RawCall, patienceMs = 60_000): Promise<RawAnswer> {
    const stream = this.open(call.path, call.headers);
    const answer = answerTo(stream, patienceMs, call.answersMany ?? false);
    for (const chunk of call.chunks) stream.write(chunk);
    if (call.ending === "half-close") stream.end();
    else stream.close(RESET_BY_CALLER);
    return answer;
  }

  /** Sends the headers of a call and no more. */
  open(path: string, headers: RawCall["headers"] = {}): ClientHttp2Stream {
    const all = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return this.#connected().request(given, { endStream: false });
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
  }

  #connected(): ClientHttp2Session {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(`http://${this.#address}`, {
        // What servers answer to excess may be longer than what a careful client lets in: it is to be seen here.
        settings: { maxHeaderListSize: 1 << 20 },
        // In MB. Node counts what a reset stream had not sent yet for the life of the connection, and then opens no more.
        maxSessionMemory: 10_000,
      });
      this.#session.on("error", () => undefined).setMaxListeners(0);
    }
    return this.#session;
  }
}

/** A message in its frame: no compression, and its length. */
export function framed(message: Uint8Array, { flag = 0, length = message.length } = {}): Uint8Array {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt8(flag, 0);
  frame.writeUInt32BE(length, 1);
  frame.set(message, 5);
  return frame;
}

/** CANCEL of HTTP/2. */
const RESET_BY_CALLER = 8;

function answerTo(stream: ClientHttp2Stream, patienceMs: number, answersMany: boolean): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  let headers: IncomingHttpHeaders = {};
  let messages = 0;
  const settle = (kind: RawAnswer["kind"], last: IncomingHttpHeaders = {}): void => {
    clearTimeout(timer);
    resolve(read(kind, { ...headers, ...last }, messages));
    if (!stream.closed) stream.close(RESET_BY_CALLER);
  };
  const timer = setTimeout(() => settle("silent"), patienceMs);
  stream.on("response", (given) => {
    headers = given;
    if (given["grpc-status"] !== undefined || given[":status"] !== 200) settle("answered");
  });
  stream.on("data", () => {
    messages += 1;
    // Gives a status that follows at once the time to arrive; a stream that waits for more of us has none.
    if (answersMany) setTimeout(() => settle("open"), OPEN_AFTER_MS).unref();
  });
  stream.on("trailers", (trailers) => settle("answered", trailers));
  stream.on("error", () => undefined);
  stream.on("close", () => settle("reset"));
  return promise;
}

const OPEN_AFTER_MS = 20;

function read(kind: RawAnswer["kind"], headers: IncomingHttpHeaders, messages: number): RawAnswer {
  const { ":status": httpStatus, "grpc-status": code, "grpc-message": message = "" } = headers;
  const details = headers["grpc-status-details-bin"];
  const status = details === undefined ? undefined : fromBinary(StatusSchema, Buffer.from(String(details), "base64"));
  const unpacked = status?.details.map((any) => anyUnpack(any, ErrorInfoSchema)).find(Boolean);
  return {
    kind,
    httpStatus: httpStatus === undefined ? undefined : Number(httpStatus),
    code: code === undefined ? undefined : Number(code),
    message: decode(String(message)),
    reason: unpacked?.reason,
    domain: unpacked?.domain,
    retriable: status?.details.some((any) => anyUnpack(any, RetryInfoSchema)) ?? false,
    messages,
  };
}

function decode(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
