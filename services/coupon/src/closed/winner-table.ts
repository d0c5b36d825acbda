import type { Winner } from "@firstcome/redis";

/**
 * The winners of a coupon, packed: some 26 bytes each with ids of eight characters, where a Map of objects takes 150, and
 * nothing for the garbage collector to walk through. Open addressing with linear probing; a byte of each hash is kept
 * beside the slots, so that a user who has not won costs one or two cache lines and no comparison (but for 1 in 255
 * occupied slots passed). An id is always compared itself: nobody is taken for another.
 */
export class WinnerTable {
  /** Of each slot: 0 when it is free, else a byte of the user's hash. */
  #tags: Uint8Array;
  /** Of each slot in use: where its record is, in bytes from the start of the first chunk. */
  #records: Uint32Array;
  readonly #chunks: Buffer[] = [];
  readonly #chunkBytes: number;
  /** In the last chunk. */
  #used = 0;
  #size = 0;

  /** @param expected how many winners there will be; more make it grow */
  constructor(expected: number) {
    const slots = Math.ceil(expected / MAX_LOAD) + 1;
    this.#tags = new Uint8Array(slots);
    this.#records = new Uint32Array(slots);
    this.#chunkBytes = Math.min(CHUNK_BYTES, Math.max(expected, 1) * MAX_RECORD_BYTES);
    this.#used = this.#chunkBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** Memory that it holds. */
  get bytes(): number {
    return this.#tags.length * BYTES_PER_SLOT + this.#chunks.length * this.#chunkBytes;
  }

  /** Memory that so many winners will hold at least. */
  static leastBytes(winners: number): number {
    return Math.ceil(winners * (BYTES_PER_SLOT / MAX_LOAD + ID_AT + 1));
  }

  /**
   * One who is in it already is left as he is.
   *
   * @throws RangeError for what cannot be packed: an id that is not 1–64 visible ASCII characters, a number beyond 32
   *   bits, a time some 4 000 years off
   */
  add({ userId, issueNo, acceptedAt }: Winner): void {
    const hash = hashOf(userId);
    let slot = this.#slotOf(userId, hash);
    if (this.#tags[slot] !== 0) return;
    if (this.#size >= (this.#tags.length - 1) * MAX_LOAD) {
      this.#grow();
      slot = this.#slotOf(userId, hash);
    }
    this.#records[slot] = this.#write(userId, issueNo, acceptedAt);
    this.#tags[slot] = tagOf(hash);
    this.#size += 1;
  }

  find(userId: string): { issueNo: number; acceptedAt: number } | undefined {
    const slot = this.#slotOf(userId, hashOf(userId));
    if (this.#tags[slot] === 0) return undefined;
    const [chunk, at] = this.#locate(this.#records[slot] as number);
    return { issueNo: chunk.readUInt32LE(at + NO_AT), acceptedAt: chunk.readIntLE(at + TIME_AT, TIME_BYTES) };
  }

  /** Where the user is, or the free slot where he would be. */
  #slotOf(userId: string, hash: number): number {
    const slots = this.#tags.length;
    const tag = tagOf(hash);
    let slot = homeOf(hash, slots);
    for (;;) {
      const there = this.#tags[slot];
      if (there === 0 || (there === tag && this.#holds(slot, userId))) return slot;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
  }

  #holds(slot: number, userId: string): boolean {
    const record = this.#records[slot] as number;
    const chunk = this.#chunks[Math.floor(record / this.#chunkBytes)] as Buffer;
    const at = record % this.#chunkBytes;
    if (chunk[at] !== userId.length) return false;
    for (let i = 0; i < userId.length; i++) if (chunk[at + ID_AT + i] !== userId.charCodeAt(i)) return false;
    return true;
  }

  #locate(record: number): [chunk: Buffer, at: number] {
    return [this.#chunks[Math.floor(record / this.#chunkBytes)] as Buffer, record % this.#chunkBytes];
  }

  /** Returns where the record is. */
  #write(userId: string, issueNo: number, acceptedAt: number): number {
    if (!/^[\x21-\x7e]{1,64}$/.test(userId)) throw new RangeError("a user id that cannot be packed");
    if (this.#used + ID_AT + userId.length > this.#chunkBytes) {
      this.#chunks.push(Buffer.alloc(this.#chunkBytes));
      this.#used = 0;
    }
    const chunk = this.#chunks.at(-1) as Buffer;
    const at = this.#used;
    chunk[at] = userId.length;
    chunk.writeUInt32LE(issueNo, at + NO_AT);
    chunk.writeIntLE(acceptedAt, at + TIME_AT, TIME_BYTES);
    chunk.write(userId, at + ID_AT, "latin1");
    this.#used += ID_AT + userId.length;
    return (this.#chunks.length - 1) * this.#chunkBytes + at;
  }

  /** For the case that there are more winners than numbers, as after a Redis that came back with older data. */
  #grow(): void {
    const [tags, records] = [this.#tags, this.#records];
    const slots = 2 * tags.length;
    this.#tags = new Uint8Array(slots);
    this.#records = new Uint32Array(slots);
    for (const [i, tag] of tags.entries()) {
      if (tag === 0) continue;
      const record = records[i] as number;
      const [chunk, at] = this.#locate(record);
      const userId = chunk.toString("latin1", at + ID_AT, at + ID_AT + (chunk[at] as number));
      const slot = this.#slotOf(userId, hashOf(userId));
      this.#tags[slot] = tag;
      this.#records[slot] = record;
    }
  }
}

const MAX_LOAD = 0.75;
const BYTES_PER_SLOT = 5;
/** Small beside a large coupon's winners, large beside the 75 bytes that may be left over at its end. */
const CHUNK_BYTES = 16_384;

/** A record: length of the id, number, time, id. */
const NO_AT = 1;
const TIME_AT = 5;
const TIME_BYTES = 6;
const ID_AT = TIME_AT + TIME_BYTES;
/** With the longest id. */
const MAX_RECORD_BYTES = ID_AT + 64;

/** FNV-1a, then the last mix of MurmurHash3: with the slot taken from the high bits and the tag from the low ones, all count. */
function hashOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function homeOf(hash: number, slots: number): number {
  return Math.floor((hash / 4_294_967_296) * slots);
}

function tagOf(hash: number): number {
  return hash & 0xff || 1;
}
