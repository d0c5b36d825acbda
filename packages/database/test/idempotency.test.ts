import { describe, expect, it } from "vitest";
import {
  abandon,
  type Claim,
  claim,
  CouponRepository,
  recall,
  type RequestKey,
  remember,
  transact,
} from "../src/index.ts";
import { aCoupon } from "./a-coupon.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();

/** What a creating call does: claims its id, creates, remembers. */
const create = (key: RequestKey): Promise<Claim & { id?: string }> =>
  transact(db, async (em) => {
    const claimed = await claim(em, key);
    if (claimed.kind !== "FIRST") return claimed;
    const { id } = await new CouponRepository(em).insert(aCoupon());
    await remember(em, key, id);
    return { ...claimed, id };
  });

describe("claim", () => {
  it("lets one of ten through; the others learn what came of it", async () => {
    const before = await new CouponRepository(db.em()).page({ limit: 100 });

    const claims = await Promise.all(
      Array.from({ length: 10 }, () => create({ scope: "Create", requestId: "ten", content: { a: 1 } })),
    );

    const first = claims.filter(({ kind }) => kind === "FIRST");
    const repeated = claims.filter(({ kind }) => kind === "REPEATED");
    expect([first.length, repeated.length]).toEqual([1, 9]);
    expect(new Set(repeated.map((claimed) => "resourceId" in claimed && claimed.resourceId))).toEqual(
      new Set([first[0]?.id]),
    );
    expect(await new CouponRepository(db.em()).page({ limit: 100 })).toHaveLength(before.length + 1);
  });

  it("refuses the same id with other content", async () => {
    await create({ scope: "Create", requestId: "other", content: { quantity: 1 } });

    expect(await create({ scope: "Create", requestId: "other", content: { quantity: 2 } })).toEqual({ kind: "REUSED" });
  });

  it("keeps scopes apart", async () => {
    await create({ scope: "Create", requestId: "scoped", content: 1 });

    expect(await create({ scope: "Add", requestId: "scoped", content: 2 })).toMatchObject({ kind: "FIRST" });
  });

  it("frees the id when the work comes to nothing", async () => {
    const key = { scope: "Create", requestId: "abandoned", content: 1 };
    await transact(db, async (em) => {
      await claim(em, key);
      await abandon(em, key);
    });

    expect(await create({ ...key, content: 2 })).toMatchObject({ kind: "FIRST" });
  });

  it("frees the id when the work fails", async () => {
    const key = { scope: "Create", requestId: "failed", content: 1 };
    await transact(db, async (em) => {
      await claim(em, key);
      throw new Error("no");
    }).catch(() => {});

    expect(await create(key)).toMatchObject({ kind: "FIRST" });
  });
});

describe("recall", () => {
  it("tells what a claim would find, and claims nothing", async () => {
    const key = { scope: "Create", requestId: "recalled", content: 1 };
    expect(await recall(db.em(), key)).toEqual({ kind: "FIRST" });
    expect(await recall(db.em(), key)).toEqual({ kind: "FIRST" });

    const { id } = await create(key);

    expect(await recall(db.em(), key)).toEqual({ kind: "REPEATED", resourceId: id });
    expect(await recall(db.em(), { ...key, content: 2 })).toEqual({ kind: "REUSED" });
  });
});
