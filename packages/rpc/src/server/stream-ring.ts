/** Streams are numbered one after the other, and mostly end in that order: a ring of places finds them without a table. */
const FIRST_PLACES = 64;
const MOST_PLACES = 4_096;
/** No stream has this id. */
const FREE = 0;

/**
 * What Node needs of the Map in which an HTTP/2 session keeps its open streams by their id, without a Map's tables: V8 links each
 * table that a Map has outgrown to the next one.
 */
export class StreamRing<T> {
  #ids: number[] = [];
  #streams: (T | undefined)[] = [];
  #size = 0;
  /** Whose place is taken, by one that has been open for longer than a round. */
  readonly #others = new Map<number, T>();

  constructor() {
    this.#makePlaces(FIRST_PLACES);
  }

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    const place = this.#placeOf(id);
    return this.#ids[place] === id ? this.#streams[place] : this.#others.get(id);
  }

  /** An id is never used again. */
  set(id: number, stream: T): this {
    this.#put(id, stream);
    this.#size += 1;
    if (this.#others.size > this.#ids.length / 2 && this.#ids.length < MOST_PLACES) this.#grow();
    return this;
  }

  delete(id: number): boolean {
    const place = this.#placeOf(id);
    if (this.#ids[place] === id) {
      this.#ids[place] = FREE;
      this.#streams[place] = undefined;
    } else if (!this.#others.delete(id)) return false;
    this.#size -= 1;
    return true;
  }

  /** Of those that are open now. */
  forEach(visit: (stream: T, id: number) => void): void {
    for (const [id, stream] of this.#entries()) visit(stream, id);
  }

  /** Those of a caller are odd. */
  #placeOf(id: number): number {
    return (id >>> 1) & (this.#ids.length - 1);
  }

  #put(id: number, stream: T): void {
    const place = this.#placeOf(id);
    if (this.#ids[place] === FREE) {
      this.#ids[place] = id;
      this.#streams[place] = stream;
    } else this.#others.set(id, stream);
  }

  #grow(): void {
    const entries = this.#entries();
    this.#others.clear();
    this.#makePlaces(2 * this.#ids.length);
    for (const [id, stream] of entries) this.#put(id, stream);
  }

  #makePlaces(places: number): void {
    this.#ids = Array.from({ length: places }, () => FREE);
    this.#streams = Array.from({ length: places }, () => undefined);
  }

  #entries(): [number, T][] {
    const inPlace = this.#ids.flatMap((id, place): [number, T][] =>
      id === FREE ? [] : [[id, this.#streams[place] as T]],
    );
    return [...inPlace, ...this.#others];
  }
}
