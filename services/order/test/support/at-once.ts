/** So many calls at the same instant, by turns over several connections. */
export function atOnce<C, T>(
  times: number,
  connections: readonly [C, ...C[]],
  call: (connection: C, n: number) => Promise<T>,
): Promise<T>[] {
  return Array.from({ length: times }, (_, n) => call(connections[n % connections.length] ?? connections[0], n));
}
