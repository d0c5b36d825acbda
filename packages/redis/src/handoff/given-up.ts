import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";

const NUMBERS_AT_ONCE = 1_000;

/** Those of a coupon's numbers that are given up, each with the users whose claim to it is; none: nobody knew who had won it. */
export async function givenUpAmong(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  issueNos: readonly number[],
): Promise<Map<number, string[]>> {
  const givenUp = new Map<number, string[]>();
  for (const some of chunks(issueNos)) {
    const users = await redis.hmget(keys.givenUp(couponId), ...some.map(String));
    for (const [i, no] of some.entries()) {
      const held = users[i];
      if (typeof held === "string") givenUp.set(no, held === "" ? [] : held.split(" "));
    }
  }
  return givenUp;
}

/** Every number of a coupon that is given up, in chunks; one may come twice. */
export async function* allGivenUp(redis: RedisClient, keys: Keys, couponId: string): AsyncGenerator<number[]> {
  let cursor = "0";
  do {
    const [next, fields] = await redis.hscan(keys.givenUp(couponId), cursor, "COUNT", NUMBERS_AT_ONCE);
    yield fields.filter((_, i) => i % 2 === 0).map(Number);
    cursor = next;
  } while (cursor !== "0");
}

/** Gives up numbers of which nobody knows the winner. */
export async function giveUp(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  issueNos: readonly number[],
): Promise<void> {
  for (const some of chunks(issueNos)) {
    const pipeline = redis.pipeline();
    for (const no of some) pipeline.hsetnx(keys.givenUp(couponId), String(no), "");
    const answers = (await pipeline.exec()) ?? [];
    const failed = answers.find(([error]) => error)?.[0];
    if (failed) throw failed;
  }
}

function* chunks(numbers: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < numbers.length; from += NUMBERS_AT_ONCE) yield numbers.slice(from, from + NUMBERS_AT_ONCE);
}
