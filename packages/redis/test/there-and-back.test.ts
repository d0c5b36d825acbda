import type { LocalServer } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, privateReplicatedRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { connectRedis, CouponState, createKeys, Gate } from "../src/index.ts";
import type { LoadSource, RedisClient, Winner } from "../src/index.ts";
import { openTerms, sourceOf } from "./set-up.ts";

const keys = createKeys();

describe("a primary that is replaced and takes its place back", () => {
  it("opens no gate to which a load had added winners that it has lost meanwhile", async () => {
    const servers = await startTwo();
    const { redis } = servers;
    const state = new CouponState({ redis, keys });
    const terms = openTerms({ quantity: 2_000 });
    const rows: Winner[] = Array.from({ length: 1_500 }, (_, i) => ({
      userId: `user-${i + 1}`,
      issueNo: i + 1,
      acceptedAt: terms.opensAt + i,
    }));
    const chunks = sourceOf(terms, rows).winners(terms.couponId);
    const thereAndBack: LoadSource = {
      ...sourceOf(terms),
      async *winners() {
        // The successor has the loader's token, and nothing of what comes now.
        await servers.promoteOther();
        let isFirst = true;
        for await (const chunk of chunks) {
          yield chunk;
          if (isFirst) await servers.followAndReturn();
          isFirst = false;
        }
      },
    };

    expect(await state.load(terms.couponId, thereAndBack)).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });

    const gate = new Gate({ redis, keys });
    expect(await gate.issue(terms.couponId, "user-7")).toEqual({ outcome: "NOT_LOADED" });
    expect(await state.load(terms.couponId, sourceOf(terms, rows))).toMatchObject({ loaded: true, nextNo: 1_501 });
    expect(await gate.issue(terms.couponId, "user-7")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 7 });
    await gate.close();
  });

  it("lets a load of a coupon wait that it had closed, since numbers may have been given in between", async () => {
    const servers = await startTwo();
    const { redis } = servers;
    const state = new CouponState({ redis, keys });
    const terms = openTerms();
    let waits = 0;
    const source: LoadSource = {
      ...sourceOf(terms),
      enter: () => Promise.resolve("AGAIN"),
      async *settled() {
        waits += 1;
        yield [];
      },
    };
    await state.load(terms.couponId, source);
    waits = 0;
    await state.close(terms.couponId, 60_000);
    await servers.promoteOther();
    await servers.followAndReturn();

    // Who closed it is not waited for either.
    expect(await state.load(terms.couponId, source)).toMatchObject({ loaded: true });

    expect(waits).toBe(1);
  });
});

interface Two {
  /** A client of the one that is the primary at first, and at last. */
  readonly redis: RedisClient;
  /** The other one becomes a primary too, and hears nothing any more. */
  promoteOther(): Promise<void>;
  /** The first one takes the other's data, as its replica, and is the primary again. */
  followAndReturn(): Promise<void>;
}

async function startTwo(): Promise<Two> {
  const { primary, replicas } = await privateReplicatedRedis();
  const [one, other] = [await open(primary), await open(replicas[0] as LocalServer)];
  const run = /run_id:(\w+)/;
  const runBefore = run.exec(await one.info("server"))?.[1];
  return {
    redis: one,
    async promoteOther() {
      await eventually(async () => {
        await one.set("fence", "1");
        expect(await one.call("WAIT", 1, 1_000)).toBe(1);
      });
      await other.call("REPLICAOF", "NO", "ONE");
    },
    async followAndReturn() {
      await one.call("REPLICAOF", "127.0.0.1", new URL(replicas[0]?.url ?? "").port);
      await eventually(async () => expect(await one.info("replication")).toContain("master_link_status:up"));
      await one.call("REPLICAOF", "NO", "ONE");
      // It has not been restarted, which alone would tell.
      expect(run.exec(await one.info("server"))?.[1]).toBe(runBefore);
    },
  };
}

async function open({ url }: LocalServer): Promise<RedisClient> {
  const redis = await connectRedis({ url, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  return redis;
}
