import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { cleanUpAfterFile } from "./file-cleanup.ts";

const GRPC_PREFIX = 5;
const WIDE_OPEN = 2 ** 20;

/**
 * Calls a method that answers with a stream, and takes not a byte of it (its HTTP/2 window is closed) until it is told to listen:
 * what is sent meanwhile stays in the server's memory.
 */
export class DeafReader {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  /** @param path "/firstcome.coupon.v1.CouponService/WatchUserCoupon" @param request the encoded message */
  static async call(address: string, path: string, request: Uint8Array): Promise<DeafReader> {
    const session = connect(`http://${address}`, { settings: { initialWindowSize: 0 } });
    cleanUpAfterFile(async () => session.destroy());
    await once(session, "localSettings");
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const framed = Buffer.alloc(GRPC_PREFIX + request.length);
    framed.writeUInt32BE(request.length, 1);
    framed.set(request, GRPC_PREFIX);
    stream.end(framed);
    await once(stream, "response");
    return new DeafReader(session, stream);
  }

  private constructor(session: ClientHttp2Session, stream: ClientHttp2Stream) {
    this.#session = session;
    this.#stream = stream;
  }

  /** From now on takes what comes: the encoded messages, from the first that was ever sent. */
  async *listen(): AsyncGenerator<Buffer, void> {
    this.#session.settings({ initialWindowSize: WIDE_OPEN });
    const stream: AsyncIterable<Buffer> = this.#stream;
    let left = Buffer.alloc(0);
    for await (const bytes of stream) {
      left = Buffer.concat([left, bytes]);
      while (left.length >= GRPC_PREFIX && left.length >= GRPC_PREFIX + left.readUInt32BE(1)) {
        const end = GRPC_PREFIX + left.readUInt32BE(1);
        yield left.subarray(GRPC_PREFIX, end);
        left = left.subarray(end);
      }
    }
  }
}
