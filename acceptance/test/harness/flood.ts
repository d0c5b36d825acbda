import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { IssueCouponRequestSchema } from "@firstcome/contracts/coupon";

/** How those who flooded were treated. */
export interface FloodOutcome {
  /** Calls that got an answer. */
  served: number;
  /** Calls that ended without one. */
  refused: number;
}

/**
 * One connection that asks for coupons without a pause: as many calls as are allowed on it are under way at any time. It costs the
 * flooding process next to nothing, so that one process can ask for many times what another can serve. It speaks just as
 * much HTTP/2 (RFC 9113) as that takes.
 */
export class Flood {
  readonly outcome: FloodOutcome = { served: 0, refused: 0 };
  readonly #socket: Socket;
  readonly #atATime: number;
  readonly #request: (nth: number) => Buffer;
  readonly #headers: Buffer;
  /** Stream → whether it was answered. */
  readonly #calls = new Map<number, boolean>();
  #nextStream = 1;
  /** What the server still takes on the connection. */
  #window = 65_535;
  #left: Buffer = Buffer.alloc(0);
  #over: (() => void) | undefined;
  #flooding = true;

  static async open(address: string, couponId: string, name: string, atATime: number): Promise<Flood> {
    const { hostname, port } = new URL(`http://${address}`);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new Flood(socket, address, couponId, name, atATime);
  }

  private constructor(socket: Socket, address: string, couponId: string, name: string, atATime: number) {
    this.#socket = socket;
    this.#atATime = atATime;
    this.#headers = requestHeaders(address, "/firstcome.coupon.v1.CouponService/IssueCoupon");
    this.#request = (nth) => {
      const message = toBinary(
        IssueCouponRequestSchema,
        create(IssueCouponRequestSchema, { couponId, userId: `${name}-${nth}` }),
      );
      const bytes = Buffer.alloc(5 + message.length);
      bytes.writeUInt32BE(message.length, 1);
      bytes.set(message, 5);
      return bytes;
    };
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
    settings.writeUInt32BE(LARGEST_WINDOW, 2);
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(frame(SETTINGS, 0, 0, settings));
    socket.write(frame(WINDOW_UPDATE, 0, 0, uint32(LARGEST_WINDOW - this.#window)));
    this.#pump();
  }

  /** Asks no more; resolves when every call has ended, or the connection has. */
  async stop(): Promise<FloodOutcome> {
    this.#flooding = false;
    if (this.#calls.size > 0 && !this.#socket.destroyed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#over = resolve;
      await promise;
    }
    this.#socket.destroy();
    return this.outcome;
  }

  #pump(): void {
    const out: Buffer[] = [];
    while (this.#flooding && this.#calls.size < this.#atATime) {
      const body = this.#request(this.#nextStream);
      if (body.length > this.#window) break;
      this.#window -= body.length;
      this.#calls.set(this.#nextStream, false);
      out.push(frame(HEADERS, END_HEADERS, this.#nextStream, this.#headers));
      out.push(frame(DATA, END_STREAM, this.#nextStream, body));
      this.#nextStream += 2;
    }
    if (out.length > 0) this.#socket.write(Buffer.concat(out));
  }

  #receive(bytes: Buffer): void {
    const all = this.#left.length === 0 ? bytes : Buffer.concat([this.#left, bytes]);
    let at = 0;
    while (all.length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + all.readUIntBE(at, 3);
      if (end > all.length) break;
      this.#take(
        all[at + 3] as number,
        all[at + 4] as number,
        all.readUInt32BE(at + 5),
        all.subarray(at + FRAME_HEAD, end),
      );
      at = end;
    }
    this.#left = all.subarray(at);
    this.#pump();
    if (this.#calls.size === 0) this.#over?.();
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === SETTINGS && !(flags & ACK)) this.#socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    if (type === PING && !(flags & ACK)) this.#socket.write(frame(PING, ACK, 0, payload));
    if (type === WINDOW_UPDATE && stream === 0) this.#window += payload.readUInt32BE();
    if (type === DATA) this.#answered(stream);
    if (type === RST_STREAM || (type === HEADERS && flags & END_STREAM)) this.#ended(stream);
  }

  #answered(stream: number): void {
    if (this.#calls.get(stream) !== false) return;
    this.#calls.set(stream, true);
    this.outcome.served += 1;
  }

  #ended(stream: number): void {
    if (this.#calls.get(stream) === false) this.outcome.refused += 1;
    this.#calls.delete(stream);
  }

  #end(): void {
    this.#calls.clear();
    this.#flooding = false;
    this.#over?.();
  }
}

const FRAME_HEAD = 9;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 8] as const;
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4] as const;
const INITIAL_WINDOW_SIZE = 4;
const LARGEST_WINDOW = 2 ** 31 - 1;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEAD);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** HPACK (RFC 7541) without memory: the same bytes for every call. */
function requestHeaders(authority: string, path: string): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.of(value.length), Buffer.from(value, "latin1")]);
  // Of the static table: 3 :method POST, 6 :scheme http, 4 :path, 1 :authority, 31 content-type.
  const known = [Buffer.of(0x83, 0x86, 0x04), text(path), Buffer.of(0x01), text(authority)];
  return Buffer.concat([
    ...known,
    Buffer.of(0x0f, 31 - 15),
    text("application/grpc"),
    Buffer.of(0),
    text("te"),
    text("trailers"),
  ]);
}
