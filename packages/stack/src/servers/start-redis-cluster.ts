import { askRedis } from "./ask-redis.ts";
import { findFreePort } from "./free-port.ts";
import type { LocalServer } from "./local-server.ts";
import { obtainRedisProgram } from "./redis-program.ts";
import { RedisServer } from "./redis-server.ts";
import { RunDirectory } from "./run-directory.ts";
import { caughtUp, REPLICATED } from "./start-redis-with-replica.ts";
import { waitFor } from "./wait-for.ts";

/** What is the primary of a shard at first, and what replicates it. */
export interface RedisShard {
  readonly primary: LocalServer;
  readonly replicas: readonly LocalServer[];
}

/** A Redis Cluster of our own. Disposing ends all its nodes. */
export interface RedisCluster extends AsyncDisposable {
  /** `redis+cluster://host:port,host:port,…` with the primaries. */
  readonly url: string;
  readonly shards: readonly RedisShard[];
}

export interface RedisClusterOptions {
  /** 3 unless given. */
  readonly shards?: number;
  /** Of each shard; none unless given. */
  readonly replicas?: number;
  /** How long a node must be silent before the others replace it. 1 000 unless given. */
  readonly nodeTimeoutMs?: number;
}

const SLOTS = 16_384;

/** Starts the nodes, makes a cluster of them, and waits until each of them finds it whole. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { shards: count = 3, replicas = 0, nodeTimeoutMs = 1_000 } = options;
  const program = await obtainRedisProgram();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await RunDirectory.open());
  const startNode = async (name: string): Promise<Node> => {
    const busPort = await findFreePort();
    const settings = [...REPLICATED, ...clusterSettings(busPort, nodeTimeoutMs)];
    const server = stack.use(new RedisServer(program, directory, { name, settings }));
    await server.start();
    return { server, busPort, id: bulk(await askRedis(server.port, "CLUSTER", "MYID")) };
  };
  const names = (shard: number): string[] => Array.from({ length: replicas + 1 }, (_, i) => `node-${shard}-${i}`);
  const shards = await Promise.all(
    Array.from({ length: count }, (_, shard) => Promise.all(names(shard).map(startNode))),
  );
  await join(shards);
  const rest = stack.move();
  const primaries = shards.map(([primary]) => primary as Node);
  return {
    url: `redis+cluster://${primaries.map(({ server }) => `127.0.0.1:${server.port}`).join(",")}`,
    shards: shards.map(([primary, ...others]) => ({
      primary: (primary as Node).server,
      replicas: others.map(({ server }) => server),
    })),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

interface Node {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly id: string;
}

function clusterSettings(busPort: number, nodeTimeoutMs: number): string[] {
  const settings = {
    "cluster-enabled": "yes",
    "cluster-config-file": "nodes.conf",
    "cluster-port": busPort,
    "cluster-node-timeout": nodeTimeoutMs,
    "cluster-replica-validity-factor": 0,
    "cluster-allow-replica-migration": "no",
    // A shard that is away takes only its own coupons with it.
    "cluster-require-full-coverage": "no",
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Gives each shard's first node its share of the slots, and makes the others its replicas. */
async function join(shards: readonly (readonly Node[])[]): Promise<void> {
  const nodes = shards.flat();
  const [first] = nodes as [Node, ...Node[]];
  for (const [shard, [primary]] of shards.entries()) {
    const { port } = (primary as Node).server;
    const [from, to] = [shard, shard + 1].map((edge) => Math.floor((edge * SLOTS) / shards.length)) as [number, number];
    await askRedis(port, "CLUSTER", "ADDSLOTSRANGE", from, to - 1);
    // Epochs that differ from the first save the nodes an argument about who is newer.
    await askRedis(port, "CLUSTER", "SET-CONFIG-EPOCH", shard + 1);
  }
  for (const { server } of nodes.slice(1)) {
    await askRedis(server.port, "CLUSTER", "MEET", "127.0.0.1", first.server.port, first.busPort);
  }
  await everyNode(nodes, "knows all others", (info) => info.includes(`cluster_known_nodes:${nodes.length}\r`));
  for (const [primary, ...replicas] of shards) {
    for (const { server } of replicas) {
      // It may have heard of the primary, and not yet that it has slots.
      await waitFor("a node becomes a replica", () =>
        askRedis(server.port, "CLUSTER", "REPLICATE", (primary as Node).id).then(
          () => true,
          () => false,
        ),
      );
      await caughtUp(server.port);
    }
  }
  await everyNode(
    nodes,
    "finds the cluster whole",
    (info) =>
      info.includes("cluster_state:ok") &&
      info.includes(`cluster_slots_ok:${SLOTS}\r`) &&
      info.includes(`cluster_size:${shards.length}\r`),
  );
}

async function everyNode(nodes: readonly Node[], what: string, holds: (info: string) => boolean): Promise<void> {
  await Promise.all(
    nodes.map(({ server }) =>
      waitFor(`every node ${what}`, async () => holds(await askRedis(server.port, "CLUSTER", "INFO"))),
    ),
  );
}

/** `$40\r\n<text>\r\n` → text */
function bulk(reply: string): string {
  return reply.split("\r\n")[1] ?? "";
}
