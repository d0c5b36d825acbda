import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

/** A connection whose client sends and never reads: what it is sent stays in the server once the kernel's buffers are full. */
export class DeafSocket extends Duplex {
  readonly #socket: Socket;

  constructor(port: number) {
    super();
    this.#socket = connect({ port, host: "127.0.0.1" }).pause();
    this.#socket.on("error", () => undefined);
    onTestFinished(() => void this.#socket.destroy());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, sent: (error?: Error | null) => void): void {
    this.#socket.write(chunk, sent);
  }

  override _read(): void {}
}
