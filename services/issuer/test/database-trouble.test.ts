import { eventually, privateServers } from "@firstcome/testkit";
import { DONE, RELEASED } from "@firstcome/worker";
import type { RowDataPacket } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import { batchOf, type Issuing, issuingInto, users } from "./issuing.ts";

type Mysql = Awaited<ReturnType<typeof privateServers<"mysql">>>["mysql"];

let mysql: Mysql;
let issuing: Issuing;
beforeAll(async () => {
  ({ mysql } = await privateServers("mysql"));
  issuing = await issuingInto(mysql.url);
});

describe("a database that goes away", () => {
  it("has its batches held until it is back, and then written", async () => {
    await issuing.handle(batchOf("1", 1, ...users("before", 10)));
    await mysql.stop();
    const held = [1, 101, 201].map((firstNo) =>
      issuing.handle(batchOf("2", firstNo, ...users(`held-${firstNo}`, 100))),
    );
    await eventually(async () => (await issuing.count("retries_total", { why: "AWAY" })) > 2);
    expect(issuing.queue.outage).toBe(true);
    await mysql.start();
    expect(await Promise.all(held)).toEqual([DONE, DONE, DONE]);
    expect(issuing.queue.outage).toBe(false);
    expect(await issuing.rows()).toHaveLength(310);
    expect(await issuing.count("bad_rows_total")).toBe(0);
  });

  it("may die in the middle of an insert: what was written is written once", async () => {
    const batches = Array.from({ length: 40 }, (_, index) => batchOf("3", 1 + index * 500, ...users(`b${index}`, 500)));
    const held = Promise.all(batches.map((batch) => issuing.handle(batch)));
    await eventually(async () => (await issuing.count("inserts_total")) > 8);
    await mysql.kill();
    await eventually(() => issuing.queue.outage);
    await mysql.start();
    expect(new Set(await held)).toEqual(new Set([DONE]));
    const rows = (await issuing.rows()).filter((row) => row.startsWith("3/"));
    const wanted = batches.flatMap(({ userIds, issueNos }) =>
      userIds.map((userId, index) => `3/${issueNos[index]}/${userId}`),
    );
    expect(rows).toEqual(wanted);
    expect(await issuing.count("number_conflicts_total")).toBe(0);
  });

  it("does not keep a batch for ever: another issuer may reach the database", async () => {
    const impatient = await issuingInto(mysql.url, { maxHoldMs: 50 });
    await mysql.stop();
    expect(await impatient.handle(batchOf("4", 1, "ann"))).toEqual(RELEASED);
    await mysql.start();
    // The first inserts after a start may take longer than this one's patience.
    await eventually(async () => (await impatient.handle(batchOf("4", 1, "ann")))?.kind === "done");
    expect((await issuing.rows()).filter((row) => row.startsWith("4/"))).toEqual(["4/1/ann"]);
  });

  it("is known to be back though nothing comes that would show it", async () => {
    const told: boolean[] = [];
    const impatient = await issuingInto(mysql.url, { maxHoldMs: 50, onOutage: (began) => told.push(began) });
    await mysql.stop();
    expect(await impatient.handle(batchOf("5", 1, "ann"))).toEqual(RELEASED);
    expect(impatient.queue.outage).toBe(true);
    await mysql.start();
    await eventually(() => !impatient.queue.outage);
    expect(told).toEqual([true, false]);
    expect((await issuing.rows()).filter((row) => row.startsWith("5/"))).toEqual([]);
  });
});

describe("a lost race for locks", () => {
  it("is run again, and is no outage", async () => {
    await using other = await transaction();
    // More to undo than the issuer's insert, which is therefore the one that the database sacrifices.
    await other.insert("9", users("many", 50));
    await other.insert("7", ["cyd"], 3);
    const outcome = issuing.handle(batchOf("7", 1, "ann", "bob", "cyd"));
    await eventually(() => other.blocks());
    await other.insert("7", ["ann"], 1);
    await eventually(async () => (await issuing.count("retries_total", { why: "CONTENTION" })) > 0);
    await other.rollback();
    expect(await outcome).toEqual(DONE);
    expect((await issuing.rows()).filter((row) => row.startsWith("7/"))).toEqual(["7/1/ann", "7/2/bob", "7/3/cyd"]);
    expect(issuing.queue.outage).toBe(false);
  });
});

/** Somebody else's transaction, under the test's control. */
async function transaction() {
  const connection = await issuing.db.pool.getConnection();
  await connection.beginTransaction();
  const rollback = async (): Promise<void> => await connection.rollback();
  return {
    async insert(couponId: string, userIds: readonly string[], firstNo = 1): Promise<void> {
      const rows = userIds.map((userId, index) => [couponId, userId, firstNo + index, "2026-01-01"]);
      await connection.query("INSERT INTO user_coupon (coupon_id, user_id, issue_no, accepted_at) VALUES ?", [rows]);
    },
    /** Somebody waits for a lock: on this server, only the issuer can. */
    async blocks(): Promise<boolean> {
      const [[waits]] = await issuing.db.pool.query<RowDataPacket[]>(
        "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
      );
      return Number(waits?.["Value"]) > 0;
    },
    rollback,
    async [Symbol.asyncDispose](): Promise<void> {
      await rollback();
      connection.release();
    },
  };
}
