import { readFile } from "node:fs/promises";

const ESTABLISHED = "01";

/** How many connections there are to a port of this machine, as Linux counts them. */
export async function connectionsTo(port: number): Promise<number> {
  const [, ...rows] = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n");
  const ends = rows.map((row) => row.trim().split(/\s+/)).map(([, local, remote, state]) => ({ local, remote, state }));
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ends.filter(({ remote, state }) => remote?.endsWith(suffix) && state === ESTABLISHED).length;
}
