/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  /** @throws RangeError when there is none to pick */
  pick<T>(from: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** The cards of a deck in an order of chance, each once before any comes again; the deck is shuffled anew whenever it is through. */
export function* deal<T>(deck: readonly T[], random: Random): Generator<T, never> {
  for (;;) yield* random.shuffled(deck);
}

/** The generator known as mulberry32: 32 bits of state, ample for choosing faults and users. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick(from) {
      if (from.length === 0) throw new RangeError("there is nothing to pick from");
      return from[between(0, from.length - 1)] as (typeof from)[number];
    },
    shuffled(items) {
      const deck = [...items];
      for (let i = deck.length - 1; i > 0; i--) {
        const j = between(0, i);
        [deck[i], deck[j]] = [deck[j] as (typeof deck)[number], deck[i] as (typeof deck)[number]];
      }
      return deck;
    },
  };
}
