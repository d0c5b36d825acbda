import { type Database, openDatabase } from "@firstcome/database";
import { connectRedis, CouponState, createKeys, Handoff, type Keys, type RedisClient } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { PARTITIONS } from "../stage/environment.ts";

/** MySQL and Redis, asked directly: what the services say is not taken for granted. */
export interface Witnesses extends AsyncDisposable {
  readonly pool: Database["pool"];
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly state: CouponState;
  readonly handoff: Handoff;
}

/** To be opened when the stores are up for good. */
export async function openWitnesses(stores: {
  redisUrl: string;
  mysqlUrl: string;
  keyPrefix?: string;
}): Promise<Witnesses> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await openDatabase({ url: stores.mysqlUrl, poolSize: 2, log: silentLogger }));
  const redis = await connectRedis({ url: stores.redisUrl, name: "chaos" });
  opening.defer(() => redis.disconnect());
  const keys = createKeys({ prefix: stores.keyPrefix ?? "", partitions: PARTITIONS });
  const open = opening.move();
  return {
    pool: database.pool,
    redis,
    keys,
    state: new CouponState({ redis, keys }),
    handoff: new Handoff({ redis, keys, consumer: "chaos" }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
