/**
 * What is needed of a Map whose entries come and go, such as work in flight, without keeping alive what has gone.
 *
 * When a table of a Map is full of what was deleted, V8 copies what is left to a new table and links the old one to it. The old one
 * still points at all that was in it then. Once a table has got old, young collections do not see that it is dead: it holds these
 * values, and the next table with those of its time, and so on until a full collection (ADR 0022). Here the tables hold the places
 * of values and no values, and a place forgets its value at once. There remain as many places as there were values at one time.
 */
export class SlotMap<K, V> implements Iterable<[K, V]> {
  readonly #places = new Map<K, number>();
  readonly #values: (V | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#places.size;
  }

  has(key: K): boolean {
    return this.#places.has(key);
  }

  get(key: K): V | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#values[place];
  }

  set(key: K, value: V): this {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#free.pop() ?? this.#values.length;
      this.#places.set(key, place);
    }
    this.#values[place] = value;
    return this;
  }

  delete(key: K): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    this.#values[place] = undefined;
    this.#free.push(place);
    return true;
  }

  keys(): MapIterator<K> {
    return this.#places.keys();
  }

  *values(): Generator<V> {
    for (const place of this.#places.values()) yield this.#values[place] as V;
  }

  /** In the order of their insertion; entries may be deleted meanwhile. */
  *[Symbol.iterator](): Generator<[K, V]> {
    for (const [key, place] of this.#places) yield [key, this.#values[place] as V];
  }
}
