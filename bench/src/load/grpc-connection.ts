import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  DEFAULT_WINDOW,
  Flag,
  frame,
  FRAME_HEAD,
  headerBlocks,
  initialWindowIn,
  preface,
  Type,
  windowUpdate,
  writeHead,
} from "./h2-frames.ts";
import { grpcStatusIn } from "./grpc-status.ts";
import { MessageReader } from "./message-reader.ts";
import { TurnWriter } from "./turn-writer.ts";

/** Who asked: hears of its call's messages and of its end. */
export interface CallListener {
  /** @param message without gRPC's prefix; only good during the call */
  readonly onMessage: (message: Buffer) => void;
  /**
   * @param status of gRPC; undefined when the call was reset, and on a connection that does not read it
   * @param trailers what `grpcMessageIn` reads; empty when there are none
   */
  readonly onEnd: (status: number | undefined, trailers: Buffer) => void;
}

export interface ConnectionOptions {
  /** It costs the server a few bytes more a call to write headers that can be read. False unless set. */
  readonly readsStatus?: boolean;
}

const GRPC_PREFIX = 5;
const WINDOW_UPDATE_EVERY = 2 ** 28;
const MAX_FRAME = 16_384;
const NONE = Buffer.alloc(0);

/**
 * One plaintext connection for calls of one gRPC method. Everything that is sent in a turn of the event loop leaves in one write.
 * It trusts the server to speak HTTP/2 well and fails loudly where it does not: it measures servers, it does not face the world.
 */
export class GrpcConnection {
  readonly #socket: Socket;
  readonly #out: TurnWriter;
  readonly #blocks: ReturnType<typeof headerBlocks>;
  readonly #calls = new Map<number, Call>();
  readonly #onFailure: (error: Error) => void;
  readonly #readsStatus: boolean;
  #nextStreamId = 1;
  #left: Buffer | undefined;
  #received = 0;
  /** What the server still takes: on the connection, and on a new stream. */
  #window = DEFAULT_WINDOW;
  #streamWindow = DEFAULT_WINDOW;
  #failed = false;

  /** @param onFailure hears once of what ends the connection other than `close`. */
  static async open(
    address: string,
    path: string,
    onFailure: (error: Error) => void,
    { readsStatus = false }: ConnectionOptions = {},
  ): Promise<GrpcConnection> {
    const { hostname, port } = new URL(`http://${address}`);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new GrpcConnection(socket, headerBlocks(address, path), onFailure, readsStatus);
  }

  private constructor(
    socket: Socket,
    blocks: ReturnType<typeof headerBlocks>,
    onFailure: (error: Error) => void,
    readsStatus: boolean,
  ) {
    this.#socket = socket;
    this.#out = new TurnWriter(socket);
    this.#blocks = blocks;
    this.#onFailure = onFailure;
    this.#readsStatus = readsStatus;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
    socket.write(preface(readsStatus));
  }

  /** Calls without an end. */
  get open(): number {
    return this.#calls.size;
  }

  /** A call with one message and no more. */
  callUnary(message: Buffer, length: number, listener: CallListener): void {
    const id = this.#startCall(listener);
    this.#sendMessage(id, message, length, Flag.END_STREAM);
  }

  /** A call whose messages follow. @returns what sends one */
  callStream(listener: CallListener): (message: Buffer, length: number) => void {
    const id = this.#startCall(listener);
    return (message, length) => this.#sendMessage(id, message, length, 0);
  }

  close(): void {
    this.#failed = true;
    this.#socket.destroy();
  }

  #startCall(listener: CallListener): number {
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#calls.set(id, { listener, reader: new MessageReader(), window: this.#streamWindow, held: [] });
    const block = id === 1 ? this.#blocks.first : this.#blocks.later;
    const { bytes, at } = this.#out.reserve(FRAME_HEAD + block.length);
    writeHead(bytes, at, block.length, Type.HEADERS, Flag.END_HEADERS, id);
    block.copy(bytes, at + FRAME_HEAD);
    return id;
  }

  #sendMessage(id: number, message: Buffer, length: number, flags: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const size = GRPC_PREFIX + length;
    const mayGo = call.held.length === 0 && size <= MAX_FRAME && size <= call.window && size <= this.#window;
    if (!mayGo) {
      this.#hold(call, message.subarray(0, length), flags);
      this.#sendHeld(id, call);
      return;
    }
    call.window -= size;
    this.#window -= size;
    const { bytes, at } = this.#out.reserve(FRAME_HEAD + size);
    writeHead(bytes, at, size, Type.DATA, flags, id);
    bytes[at + FRAME_HEAD] = 0;
    bytes.writeUInt32BE(length, at + FRAME_HEAD + 1);
    message.copy(bytes, at + FRAME_HEAD + GRPC_PREFIX, 0, length);
  }

  /** In frames, until the windows let them go. */
  #hold(call: Call, message: Buffer, flags: number): void {
    const bytes = Buffer.alloc(GRPC_PREFIX + message.length);
    bytes.writeUInt32BE(message.length, 1);
    message.copy(bytes, GRPC_PREFIX);
    for (let at = 0; at < bytes.length; at += MAX_FRAME) {
      const end = Math.min(at + MAX_FRAME, bytes.length);
      call.held.push({ bytes: bytes.subarray(at, end), flags: end === bytes.length ? flags : 0 });
    }
  }

  #sendHeld(id: number, call: Call): void {
    for (let next = call.held[0]; next !== undefined; next = call.held[0]) {
      const size = next.bytes.length;
      if (size > call.window || size > this.#window) return;
      call.held.shift();
      call.window -= size;
      this.#window -= size;
      const { bytes, at } = this.#out.reserve(FRAME_HEAD + size);
      writeHead(bytes, at, size, Type.DATA, next.flags, id);
      next.bytes.copy(bytes, at + FRAME_HEAD);
    }
  }

  #receive(bytes: Buffer): void {
    const all = this.#left === undefined ? bytes : Buffer.concat([this.#left, bytes]);
    let at = 0;
    while (all.length - at >= FRAME_HEAD) {
      const length = all.readUIntBE(at, 3);
      const end = at + FRAME_HEAD + length;
      if (end > all.length) break;
      const type = all[at + 3] as number;
      const flags = all[at + 4] as number;
      this.#take(type, flags, all.readUInt32BE(at + 5) & 0x7fffffff, all.subarray(at + FRAME_HEAD, end));
      at = end;
    }
    this.#left = at === all.length ? undefined : all.subarray(at);
  }

  #take(type: number, flags: number, streamId: number, payload: Buffer): void {
    switch (type) {
      case Type.DATA:
        this.#takeData(flags, streamId, payload);
        break;
      case Type.HEADERS:
        if (flags & Flag.END_STREAM) this.#endCall(streamId, payload);
        break;
      case Type.RST_STREAM:
        this.#endCall(streamId);
        break;
      case Type.SETTINGS:
        this.#takeSettings(flags, payload);
        break;
      case Type.PING:
        if (!(flags & Flag.ACK)) this.#out.write(frame(Type.PING, Flag.ACK, 0, payload));
        break;
      case Type.WINDOW_UPDATE:
        this.#takeWindow(streamId, payload.readUInt32BE());
        break;
      case Type.GOAWAY:
        if (payload.readUInt32BE(4) !== 0) this.#fail(new Error(`GOAWAY, error code ${payload.readUInt32BE(4)}`));
        break;
      default:
        // PRIORITY and unknown ones mean nothing here; CONTINUATION and PUSH_PROMISE do not come from a gRPC server.
        break;
    }
  }

  #takeData(flags: number, streamId: number, payload: Buffer): void {
    if (flags & Flag.PADDED) throw new Error("padding is not expected of this server");
    this.#received += payload.length;
    if (this.#received > WINDOW_UPDATE_EVERY) {
      this.#out.write(windowUpdate(this.#received));
      this.#received = 0;
    }
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    call.reader.read(payload, call.listener.onMessage);
    if (flags & Flag.END_STREAM) this.#endCall(streamId);
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if (flags & Flag.ACK) return;
    const window = initialWindowIn(payload);
    if (window !== undefined) {
      for (const call of this.#calls.values()) call.window += window - this.#streamWindow;
      this.#streamWindow = window;
    }
    this.#out.write(frame(Type.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    for (const [id, call] of this.#calls) this.#sendHeld(id, call);
  }

  #takeWindow(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#window += bytes;
      for (const [id, call] of this.#calls) this.#sendHeld(id, call);
      return;
    }
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    call.window += bytes;
    this.#sendHeld(streamId, call);
  }

  #endCall(streamId: number, trailers: Buffer = NONE): void {
    const call = this.#calls.get(streamId);
    this.#calls.delete(streamId);
    call?.listener.onEnd(this.#readsStatus ? grpcStatusIn(trailers) : undefined, trailers);
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#socket.destroy();
    this.#onFailure(error);
  }
}

interface Call {
  readonly listener: CallListener;
  readonly reader: MessageReader;
  /** What the server still takes on this stream. */
  window: number;
  /** Waits for the windows. */
  readonly held: { bytes: Buffer; flags: number }[];
}
