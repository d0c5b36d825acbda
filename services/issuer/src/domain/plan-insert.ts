/**
 * What goes into the next insert: whole batches, first come first, as long as they fit, so that each is acknowledged
 * after one insert. Only a batch too large for any insert is cut.
 *
 * @param waiting how many rows each of the waiting batches still has, in the order of their arrival
 * @returns how many rows to take from each of the first of them; at least one in all, at most `maxRows`
 */
export function planInsert(waiting: Iterable<number>, maxRows: number): number[] {
  const taken: number[] = [];
  let room = maxRows;
  for (const rows of waiting) {
    if (rows > room) {
      if (taken.length === 0) taken.push(maxRows);
      break;
    }
    taken.push(rows);
    room -= rows;
  }
  return taken;
}
