import { describe, expect, it } from "vitest";
import { createKeys } from "../src/index.ts";
import { setUpRedis } from "./set-up.ts";

describe("keys", () => {
  it("keep all that a script touches in one hash slot, as Redis computes it", async () => {
    const setUp = await setUpRedis();
    const { redis } = setUp;
    const keys = createKeys({ prefix: "shop:" });
    for (const couponId of ["1", "42", "987654321"]) {
      const partition = keys.partitionOf(couponId);
      const names = [
        keys.coupon(couponId),
        `${keys.winners(couponId)}7`,
        keys.handoff(partition),
        keys.dead(partition),
      ];
      const slots = await Promise.all(
        names.map((name) => redis.cluster("KEYSLOT", name).catch(slotWithoutCluster(name))),
      );
      expect(new Set(slots).size).toBe(1);
    }
    await setUp.close();

    // A server without cluster mode refuses to say; the tag is then all there is to compare.
    function slotWithoutCluster(name: string): () => string | undefined {
      return () => /\{(.*?)\}/.exec(name)?.[1];
    }
  });

  it("spread coupons over all partitions", () => {
    const keys = createKeys({ partitions: 16 });
    const partitions = new Set(Array.from({ length: 500 }, (_, id) => keys.partitionOf(String(id))));
    expect(partitions.size).toBe(16);
  });

  it("are named as documented", () => {
    const keys = createKeys();
    expect(keys.partitionOf("123456789")).toBe(0x31c3 % 16); // the check value of CRC-16/XMODEM
    expect(keys.coupon("123456789")).toBe("fc:{p3}:coupon:123456789");
    expect(keys.winners("123456789")).toBe("user_coupon:{p3}:123456789:");
    expect(keys.handoff(3)).toBe("fc:{p3}:handoff");
    expect(keys.dead(3)).toBe("fc:{p3}:dead");
    expect(keys.lease("finish-coupons")).toBe("lease:finish-coupons");
    expect(keys.salesOfDay("20300102")).toBe("rank:{sell}:20300102");
    expect(keys.ordersOfDay("20300102")).toBe("rank:{sell}:orders:20300102");
    expect(keys.salesOverDays(3)).toBe("rank:{sell}:3days");
    expect(keys.unionOverDays(3)).toBe("rank:{sell}:3days:made");
    expect(keys.popular(5, 3)).toBe("cache:popular:top:5:days:3");
  });

  it("refuse what would break them", () => {
    expect(() => createKeys({ partitions: 0 })).toThrow(RangeError);
    expect(() => createKeys({ prefix: "a{b}" })).toThrow(RangeError);
  });
});
