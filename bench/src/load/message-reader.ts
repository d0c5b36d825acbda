const PREFIX = 5;

/** Cuts what arrives on a stream into gRPC messages, wherever its frames begin and end. */
export class MessageReader {
  #left: Buffer | undefined;

  /** @param onMessage called for each message that is whole by now */
  read(bytes: Buffer, onMessage: (message: Buffer) => void): void {
    const all = this.#left === undefined ? bytes : Buffer.concat([this.#left, bytes]);
    let at = 0;
    while (all.length - at >= PREFIX) {
      if (all[at] !== 0) throw new Error("a compressed message is not expected of this server");
      const end = at + PREFIX + all.readUInt32BE(at + 1);
      if (end > all.length) break;
      onMessage(all.subarray(at + PREFIX, end));
      at = end;
    }
    this.#left = at === all.length ? undefined : Buffer.from(all.subarray(at));
  }
}
