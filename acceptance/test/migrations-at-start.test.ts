import type { RowDataPacket } from "mysql2/promise";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { openShop } from "./harness/shop.ts";

describe("ten services that start together on an empty schema", () => {
  it("migrate it once between them, and all of them come up", { timeout: 120_000 }, async () => {
    const { url: redisUrl, keyPrefix } = testRedis();
    const { url: mysqlUrl } = await testDatabase();
    const shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
    const { address } = await shop.start("dispatcher");
    const migrated: string[][] = [];
    const onLine = (line: string): void => {
      if (line.includes("the schema is migrated")) migrated.push((JSON.parse(line) as { steps: string[] }).steps);
    };
    // Nobody calls them here: only the dispatcher, without whom an issuer is not ready, has to be there.
    const env = { DISPATCHER_ADDRESSES: address, COUPON_ADDRESS: "127.0.0.1:1", RANKING_ADDRESS: "127.0.0.1:1" };
    const names = ["coupon", "coupon", "coupon", "coupon", "order", "order", "order", "issuer", "issuer", "issuer"];
    const services = await Promise.all(
      (names as ("coupon" | "order" | "issuer")[]).map((name) =>
        shop.start(name, env, onLine),
      ),
    );

    expect(services.filter(({ running }) => running)).toHaveLength(10);
    const [rows] = await shop.database.pool.query<RowDataPacket[]>("SELECT name FROM migration ORDER BY name");
    expect(migrated).toEqual([rows.map((row) => String(row["name"]))]);
    expect(rows.length).toBeGreaterThan(0);
  });
});
