// HTTP/2 (RFC 9113) as far as a gRPC client needs it that costs next to nothing: what it sends is laid down here byte by byte, and
// of what it hears only what matters is read.

export const FRAME_HEAD = 9;

export const Type = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, PING: 6, GOAWAY: 7, WINDOW_UPDATE: 8 } as const;
export const Flag = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8 } as const;

/** What either side may send before it is told that it may send more, unless told otherwise. */
export const DEFAULT_WINDOW = 65_535;
const LARGEST_WINDOW = 2 ** 31 - 1;

const HEADER_TABLE_SIZE = 1;
const INITIAL_WINDOW_SIZE = 4;

/** Writes a frame's head at `at`. */
export function writeHead(to: Buffer, at: number, length: number, type: number, flags: number, streamId: number): void {
  to.writeUIntBE(length, at, 3);
  to[at + 3] = type;
  to[at + 4] = flags;
  to.writeUInt32BE(streamId, at + 5);
}

export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  writeHead(bytes, 0, payload.length, type, flags, streamId);
  payload.copy(bytes, FRAME_HEAD);
  return bytes;
}

/**
 * The client's preface, with windows so large that the server never waits for this client.
 *
 * @param readsStatus has the server write every header out (no HPACK table), so that `grpcStatusIn` can read it by itself
 */
export function preface(readsStatus: boolean): Buffer {
  const settings = [settingOf(INITIAL_WINDOW_SIZE, LARGEST_WINDOW)];
  if (readsStatus) settings.push(settingOf(HEADER_TABLE_SIZE, 0));
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
    frame(Type.SETTINGS, 0, 0, Buffer.concat(settings)),
    windowUpdate(LARGEST_WINDOW - DEFAULT_WINDOW),
  ]);
}

function settingOf(id: number, value: number): Buffer {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(id, 0);
  setting.writeUInt32BE(value, 2);
  return setting;
}

/** Lets the server send so many more bytes on the connection. */
export function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(Type.WINDOW_UPDATE, 0, 0, payload);
}

/** The server's INITIAL_WINDOW_SIZE among its settings, if it is there. */
export function initialWindowIn(settings: Buffer): number | undefined {
  for (let at = 0; at + 6 <= settings.length; at += 6) {
    if (settings.readUInt16BE(at) === INITIAL_WINDOW_SIZE) return settings.readUInt32BE(at + 2);
  }
  return undefined;
}

/**
 * The header block of a gRPC request (HPACK, RFC 7541). On a connection the first request tells the headers and has them remembered;
 * all later ones name them by a byte each, as every client's do.
 */
export function headerBlocks(authority: string, path: string): { readonly first: Buffer; readonly later: Buffer } {
  // Static table: 1 :authority, 3 :method POST, 4 :path, 6 :scheme http, 31 content-type. 0x40: remember. 0x80: as remembered.
  const first = Buffer.concat([
    Buffer.of(0x80 | 3, 0x80 | 6),
    Buffer.of(0x40 | 4),
    text(path),
    Buffer.of(0x40 | 1),
    text(authority),
    Buffer.of(0x40 | 31),
    text("application/grpc"),
    Buffer.of(0x40),
    text("te"),
    text("trailers"),
  ]);
  // What was remembered last is 62.
  const later = Buffer.of(0x80 | 3, 0x80 | 6, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62);
  return { first, later };
}

/** A string as HPACK has it: its length, below 127 here, and its bytes, not compressed. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, "latin1")]);
}
