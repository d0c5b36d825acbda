import { beforeAll, describe, expect, it } from "vitest";
import type { FirstcomeClient } from "@firstcome/client";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { eventually } from "@firstcome/testkit";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

let shop: Shop;
let client: FirstcomeClient;

beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  const [coupon, dispatcher] = await Promise.all([shop.start("coupon"), shop.start("dispatcher")]);
  await shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address });
  client = connect({ coupon: coupon.address, dispatch: dispatcher.address });
});

describe("a batch", () => {
  it("that comes again after its ack was lost writes no second row", async () => {
    const couponId = await openCoupon(client, 20);
    const { told } = await crowd([client], couponId, users(20));
    await expectPromisesKept(shop, { couponId, quantity: 20, told, rows: 20 });

    // Committed, and in the stream once more: what a dispatcher finds that died before it could acknowledge.
    await handOff(
      couponId,
      1,
      told.toSorted((a, b) => a.issueNo - b.issueNo).map(({ userId }) => userId),
    );
    await expectPromisesKept(shop, { couponId, quantity: 20, told, rows: 20 });
  });

  it("with an item that cannot be written goes on without it, and the item is kept as a dead letter", async () => {
    const couponId = await openCoupon(client, 20);
    const { told } = await crowd([client], couponId, users(3));
    const tooLong = "x".repeat(100);
    await handOff(couponId, 4, ["mate-4", tooLong, "mate-6"]);

    const letters = await eventually(async () => {
      const list = await client.dispatchAdmin.listDeadLetters({});
      expect(list.deadLetters).toHaveLength(1);
      return list.deadLetters;
    });
    expect(letters).toMatchObject([{ couponId, userIds: [tooLong], issueNos: [5] }]);
    const [rows] = await shop.database.pool.query(
      "SELECT user_id AS userId, issue_no AS issueNo FROM user_coupon WHERE coupon_id = ? ORDER BY issue_no",
      [couponId],
    );
    expect(rows).toMatchObject([
      ...told.toSorted((a, b) => a.issueNo - b.issueNo),
      { userId: "mate-4", issueNo: 4 },
      { userId: "mate-6", issueNo: 6 },
    ]);
    await eventually(async () => expect(await shop.handoff.stats()).toMatchObject({ backlog: 0, pending: 0 }));
  });
});

/** Puts a batch on the hand-off stream as the gate would. */
async function handOff(couponId: string, firstNo: number, userIds: readonly string[]): Promise<void> {
  const stream = shop.keys.handoff(shop.keys.partitionOf(couponId));
  const entry = { c: couponId, n: String(firstNo), t: String(Date.now()), u: userIds.join(" ") };
  await shop.redis.xadd(stream, "*", ...Object.entries(entry).flat());
}
