/**
 * What `/metrics` at this address says: the value of the first line of a metric that has the label. NaN: the process does not know.
 *
 * @throws when there is no such line
 */
export async function metricAt(address: string | undefined, name: string, label = ""): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}{`) && candidate.includes(label));
  if (line === undefined) throw new Error(`there is no ${name} with ${label}`);
  return Number(line.split(" ").at(-1));
}
