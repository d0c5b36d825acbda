/** Where a number may be. */
export interface NumberWhereabouts {
  readonly unwritten: {
    /** Numbers above `after`, up to `upTo`, that are no rows; `next` is where to go on, if not all were looked at. */
    find(couponId: string, range: { after: number; upTo: number }): Promise<{ numbers: number[]; next?: number }>;
  };
  readonly handoffRecords: {
    /** The numbers on their way or among the dead letters. */
    pending(couponId: string): AsyncIterable<readonly number[]>;
  };
  readonly rows: {
    /** Those of the numbers that are rows. */
    committed(couponId: string, issueNos: readonly number[]): Promise<ReadonlySet<number>>;
  };
}

export interface Search {
  /** Neither rows, nor on their way, nor dead letters; ascending. */
  readonly lost: readonly number[];
  /** Some were on their way or dead letters. */
  readonly underWay: boolean;
  /** Where the next search goes on; undefined: all were looked at. */
  readonly next: number | undefined;
}

/**
 * Looks for accepted numbers that have got lost, or were given up: up to `upTo`, all of which the gate had given before this
 * began.
 *
 * The order makes it exact. A number leaves the hand-off only after its row is committed, or as a dead letter; a dead letter
 * goes back to the hand-off, or is given up, each in one step. So a number that is not found on its way, and then is no row
 * either, is given up by then or nowhere.
 *
 * @param known numbers that need no search
 */
export async function findLostNumbers(
  { unwritten, handoffRecords, rows }: NumberWhereabouts,
  couponId: string,
  { after, upTo, known }: { after: number; upTo: number; known: ReadonlySet<number> },
): Promise<Search> {
  const { numbers, next } = await unwritten.find(couponId, { after, upTo });
  const open = new Set(numbers.filter((no) => !known.has(no)));
  let underWay = false;
  if (open.size > 0) {
    for await (const pending of handoffRecords.pending(couponId)) {
      for (const no of pending) underWay = open.delete(no) || underWay;
    }
  }
  for (const some of chunks([...open], ROWS_AT_ONCE)) remove(open, await rows.committed(couponId, some));
  return { lost: [...open], underWay, next };
}

const ROWS_AT_ONCE = 1_000;

function remove(from: Set<number>, some: ReadonlySet<number>): void {
  for (const no of some) from.delete(no);
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
