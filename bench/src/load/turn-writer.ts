import type { Socket } from "node:net";

/** More than a turn usually writes; what does not fit goes out at once. */
const BYTES = 256 * 1024;

/** Gathers what is written in a turn of the event loop, and hands it to the socket in one piece. */
export class TurnWriter {
  readonly #socket: Socket;
  #bytes = Buffer.allocUnsafe(BYTES);
  #length = 0;
  #waiting = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Room for so many bytes, at most 256 kB, to be filled at once. */
  reserve(length: number): { bytes: Buffer; at: number } {
    if (this.#length + length > BYTES) this.#flush();
    const at = this.#length;
    this.#length += length;
    if (!this.#waiting) {
      this.#waiting = true;
      setImmediate(() => {
        this.#waiting = false;
        this.#flush();
      });
    }
    return { bytes: this.#bytes, at };
  }

  write(bytes: Buffer): void {
    const room = this.reserve(bytes.length);
    bytes.copy(room.bytes, room.at);
  }

  #flush(): void {
    if (this.#length === 0 || this.#socket.destroyed) return;
    this.#socket.write(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    // What the kernel has not taken yet the socket still reads from here: then the next turn writes elsewhere.
    if (this.#socket.writableLength > 0) this.#bytes = Buffer.allocUnsafe(BYTES);
  }
}
