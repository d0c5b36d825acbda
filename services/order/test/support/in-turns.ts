/** As many at a time as the database of a slow machine answers in the time for which they wait for it. */
const AT_A_TIME = 20;

/** Does the work for each, `AT_A_TIME` of them at once; gives the results in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T, nth: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const takeTurns = async (): Promise<void> => {
    for (const [nth, item] of waiting) results[nth] = await work(item, nth);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, takeTurns));
  return results;
}
