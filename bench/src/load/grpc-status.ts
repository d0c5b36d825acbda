// The status of a call, out of a block of headers (HPACK, RFC 7541) that was written without a table: see `preface`.
import { decodeHuffman } from "./huffman.ts";

/** The code in the trailers of a call, or in the only headers of one that was refused. Undefined when there is none. */
export function grpcStatusIn(block: Buffer): number | undefined {
  const code = valueIn(block, STATUS);
  return code === undefined ? undefined : Number(code);
}

/** The server's words for it. */
export function grpcMessageIn(block: Buffer): string | undefined {
  const message = valueIn(block, MESSAGE);
  return message === undefined ? undefined : decodeURIComponent(message);
}

/** As Node writes the names, in Huffman's code: no name needs to be decoded. */
const STATUS = Buffer.from("9acac8b21234da8f", "hex");
const MESSAGE = Buffer.from("9acac8b5254207317f", "hex");

function valueIn(block: Buffer, name: Buffer): string | undefined {
  const fields = new FieldReader(block);
  while (fields.more) {
    const field = fields.next();
    if (field.name?.equals(name)) return field.value?.();
  }
  return undefined;
}

/** A field as it was written. The name is undefined where it is one of HPACK's own, of which none is gRPC's. */
interface Field {
  readonly name?: Buffer;
  readonly value?: () => string;
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
    const name = nameIndex > 0 ? undefined : this.#text().bytes;
    const { bytes, huffman } = this.#text();
    return name === undefined ? {} : { name, value: () => (huffman ? decodeHuffman(bytes) : bytes.toString("latin1")) };
  }

  #skip(bits: number): Field {
    this.#integer(bits);
    return {};
  }

  #text(): { bytes: Buffer; huffman: boolean } {
    const huffman = ((this.#bytes[this.#at] as number) & 0x80) > 0;
    const length = this.#integer(7);
    this.#at += length;
    return { bytes: this.#bytes.subarray(this.#at - length, this.#at), huffman };
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
