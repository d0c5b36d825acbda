import { Handoff, type Keys, type RedisClient } from "@firstcome/redis";

interface Stores {
  readonly redis: RedisClient;
  readonly keys: Keys;
}

interface Entry {
  id: string;
  users: string[];
  firstNo: number;
}

/** What of a coupon is on its way. */
export async function onItsWay({ redis, keys }: Stores, couponId: string): Promise<Entry[]> {
  const entries = await redis.xrange(keys.handoff(keys.partitionOf(couponId)), "-", "+");
  return entries.flatMap(([id, fields]) => {
    const [, c, , n, , , , u = ""] = fields;
    return c === couponId ? [{ id, users: u.split(" "), firstNo: Number(n) }] : [];
  });
}

/** Loses it, or makes believe that it is written. */
export async function deleteFromHandoff(stores: Stores, couponId: string): Promise<void> {
  const ids = (await onItsWay(stores, couponId)).map(({ id }) => id);
  if (ids.length > 0) await stores.redis.xdel(stores.keys.handoff(stores.keys.partitionOf(couponId)), ...ids);
}

/** Makes dead letters of it. */
export async function bury(stores: Stores, couponId: string, reason = "BAD_ROW"): Promise<void> {
  const handoff = new Handoff({ ...stores, consumer: "test" });
  for (const { id, users: userIds, firstNo } of await onItsWay(stores, couponId)) {
    const issueNos = userIds.map((_, i) => firstNo + i);
    const dead = [{ userIds, issueNos, reason, attempts: 1 }];
    await handoff.settle(stores.keys.partitionOf(couponId), [{ entryId: id, dead }]);
  }
}

/** Discards the dead letters of a coupon, or of these users of it. */
export async function discard(stores: Stores, couponId: string, userIds?: readonly string[]): Promise<void> {
  const { deadLetters } = new Handoff({ ...stores, consumer: "test" });
  const { letters } = await deadLetters.list({ limit: 1_000 });
  for (const letter of letters) {
    const isMeant = !userIds || letter.userIds.some((userId) => userIds.includes(userId));
    if (letter.couponId === couponId && isMeant) await deadLetters.discard(letter.id);
  }
}
