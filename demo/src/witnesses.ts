import { openDatabase } from "@firstcome/database";
import type { Database } from "@firstcome/database";
import { connectRedis, CouponState, createKeys } from "@firstcome/redis";
import { createLogger } from "@firstcome/runtime";

/** MySQL and Redis, asked directly: what the services say is not taken for granted. */
export interface Witnesses extends AsyncDisposable {
  readonly database: Database;
  readonly state: CouponState;
}

export async function openWitnesses(stores: {
  redisUrl: string;
  keyPrefix: string;
  mysqlUrl: string;
}): Promise<Witnesses> {
  await using opening = new AsyncDisposableStack();
  const log = createLogger({ name: "demo", level: "error" });
  const database = opening.use(await openDatabase({ url: stores.mysqlUrl, poolSize: 1, log }));
  const redis = await connectRedis({ url: stores.redisUrl, name: "demo" });
  opening.defer(() => redis.disconnect());
  // As the services were told.
  const { GATE_PARTITIONS: partitions = "16" } = process.env;
  const keys = createKeys({ prefix: stores.keyPrefix, partitions: Number(partitions) });
  const state = new CouponState({ redis, keys });
  const open = opening.move();
  return { database, state, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
