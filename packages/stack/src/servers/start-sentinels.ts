import { askRedis } from "./ask-redis.ts";
import type { LocalServer } from "./local-server.ts";
import { obtainRedisProgram } from "./redis-program.ts";
import { RunDirectory } from "./run-directory.ts";
import { SentinelServer } from "./sentinel-server.ts";
import type { ReplicatedRedis } from "./start-redis-with-replica.ts";
import { waitFor } from "./wait-for.ts";

/** Sentinels that watch one primary and put a replica in its place. Disposing ends them, not what they watch. */
export interface Sentinels extends AsyncDisposable {
  /** `redis+sentinel://host:port,host:port,host:port/firstcome` */
  readonly url: string;
  readonly sentinels: readonly LocalServer[];
}

const COUNT = 3;
const NAME = "firstcome";

/** Starts three sentinels, two of which must agree, and waits until each knows the others and the replicas. */
export async function startSentinels(
  { primary, replicas }: Pick<ReplicatedRedis, "primary" | "replicas">,
  options: { readonly downAfterMs?: number } = {},
): Promise<Sentinels> {
  const { downAfterMs = 500 } = options;
  const program = await obtainRedisProgram();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await RunDirectory.open());
  const watched = { name: NAME, port: Number(new URL(primary.url).port), quorum: 2, downAfterMs };
  const sentinels = Array.from({ length: COUNT }, (_, i) =>
    stack.use(new SentinelServer(program, directory, `sentinel-${i + 1}`, watched)),
  );
  await Promise.all(sentinels.map((sentinel) => sentinel.start()));
  await Promise.all(sentinels.map(({ port }) => knowsAll(port, replicas.length)));
  const rest = stack.move();
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/${NAME}`,
    sentinels,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function knowsAll(port: number, replicas: number): Promise<void> {
  await waitFor("a sentinel knows the others and the replicas", async () => {
    const master = (await askRedis(port, "SENTINEL", "MASTER", NAME)).split("\r\n");
    // Each name and each value is preceded by its length.
    const valueOf = (name: string): number => Number(master[master.indexOf(name) + 2]);
    return valueOf("num-other-sentinels") === COUNT - 1 && valueOf("num-slaves") === replicas;
  });
}
