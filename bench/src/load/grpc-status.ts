// The status of a call, out of a block of headers (HPACK, RFC 7541) that was written without a table: see `preface`.

/** "grpc-status" in HPACK's Huffman code, in which Node writes it; and as it is. */
const NAMES = [Buffer.from("9acac8b21234da8f", "hex"), Buffer.from("grpc-status", "latin1")];

/** The code in the trailers of a call, or in the only headers of one that was refused. Undefined when there is none. */
export function grpcStatusIn(block: Buffer): number | undefined {
  const fields = new FieldReader(block);
  while (fields.more) {
    const { name, value } = fields.next();
    // Digits are no shorter in Huffman's code, and are written as they are.
    if (name !== undefined && NAMES.some((known) => known.equals(name))) return Number(value?.toString("latin1"));
  }
  return undefined;
}

/** A field as it was written. The name is undefined where it is one of HPACK's own, of which grpc-status is none. */
interface Field {
  readonly name?: Buffer;
  readonly value?: Buffer;
}

class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  next(): Field {
    const first = this.#bytes[this.#at] as number;
    // A field of HPACK's own table; a new size of the table that there is none of.
    if (first & 0x80) return this.#skip(7);
    if ((first & 0xe0) === 0x20) return this.#skip(5);
    const nameIndex = this.#integer(first & 0x40 ? 6 : 4);
    if (nameIndex > 0) return { value: this.#text() };
    return { name: this.#text(), value: this.#text() };
  }

  #skip(bits: number): Field {
    this.#integer(bits);
    return {};
  }

  #text(): Buffer {
    const length = this.#integer(7);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** One that begins in the lowest `bits` of the next byte. */
  #integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = (this.#bytes[this.#at++] as number) & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("the server's headers end in the midst of a number");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}
