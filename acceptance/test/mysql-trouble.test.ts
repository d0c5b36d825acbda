import { setTimeout as last } from "node:timers/promises";
import type { LocalServer } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, privateServers, testRedis } from "@firstcome/testkit";
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answers, crowd, openCoupon, users } from "./harness/crowd.ts";
import { type IssuingStand, startIssuingStand } from "./harness/issuing-stand.ts";
import { expectPromisesKept } from "./harness/settled.ts";

/** What a worker has for a batch. A machine that is slow is not to be taken for a worker that is dead: none of them may fail. */
const DEADLINE_MS = 4_000;
const PATIENT = { DISPATCH_DEADLINE_MS: String(DEADLINE_MS), DISPATCH_HEARTBEAT_MS: "5000" };
const QUANTITY = 2_000;
const BEFORE = 200;

let mysql: LocalServer;
let account: string;
/** An administrator, whom a read-only server lets write, and who gets in when nobody else does. */
let admin: Connection;
let stand: IssuingStand;

beforeAll(async () => {
  ({ mysql } = await privateServers("mysql"));
  admin = await createConnection(mysql.url);
  cleanUpAfterFile(async () => admin.destroy());
  // Services have no right to write to a server that is read only, nor the place that is kept for administrators.
  await admin.query("CREATE USER 'plain'@'%' IDENTIFIED BY 'plain'");
  await admin.query(`GRANT ALL ON ${new URL(mysql.url).pathname.slice(1)}.* TO 'plain'@'%'`);
  const url = new URL(mysql.url);
  [url.username, url.password] = ["plain", "plain"];
  account = url.href;
  const { url: redisUrl, keyPrefix } = testRedis();
  stand = await startIssuingStand({ redisUrl, keyPrefix, mysqlUrl: account }, PATIENT);
});

interface Trouble {
  begin(): Promise<unknown>;
  /** What makes it trouble, where holding batches is not enough. */
  lasts?(): Promise<unknown>;
  end(): Promise<unknown>;
}

/** More users than stock come while the database is in trouble; afterwards everything is as if nothing had been. */
async function expectNothingLostThrough(trouble: Trouble): Promise<void> {
  const { shop, client } = stand;
  const couponId = await openCoupon(client, QUANTITY);
  const before = await crowd([client], couponId, users(BEFORE, "before"));
  await eventually(async () => (await stand.stats()).backlogBatches === 0n);
  const { failedAttempts } = await stand.stats();

  const told = [...before.told, ...(await rushThrough(trouble, couponId))];
  await expectPromisesKept(shop, { couponId, quantity: QUANTITY, told, rows: QUANTITY });
  // An outage is nobody's failure: nothing came nearer to the dead letters.
  expect((await stand.stats()).failedAttempts).toBe(failedAttempts);
  await eventually(async () => (await stand.issuerMetric("firstcome_issuer_outage")) === 0);
}

/** Ends the trouble whatever is found, so that no other test meets it. Returns what the winners were told. */
async function rushThrough(trouble: Trouble, couponId: string): Promise<Answers["told"]> {
  try {
    await trouble.begin();
    const { outcomes, told } = await crowd([stand.client], couponId, users(QUANTITY, "during"), { atATime: 200 });
    expect(Object.fromEntries(outcomes)).toEqual({ ACCEPTED: QUANTITY - BEFORE, SOLD_OUT: BEFORE });
    await eventually(async () => (await stand.issuerMetric("firstcome_worker_held_batches")) > 0);
    await trouble.lasts?.();
    const { backlogBatches } = await stand.stats();
    expect(backlogBatches).toBeGreaterThan(0n);
    // An entry for each call of the gate: the stock is the bound.
    expect(backlogBatches).toBeLessThanOrEqual(BigInt(QUANTITY - BEFORE));
    await eventually(async () => Number((await stand.stats()).oldestAge?.seconds) > 0);
    return told;
  } finally {
    await trouble.end();
  }
}

describe("accepting goes on and every accepted coupon becomes a row", () => {
  it("when MySQL is read only for a while", async () => {
    await expectNothingLostThrough({
      begin: () => admin.query("SET GLOBAL read_only = 1"),
      lasts: untilAllIssuersKnow,
      end: () => admin.query("SET GLOBAL read_only = 0"),
    });
  });

  it("when a lock holds up every insert for longer than a worker has for its batch", async () => {
    await expectNothingLostThrough({
      begin: () => admin.query("LOCK TABLES user_coupon WRITE"),
      lasts: () => last(DEADLINE_MS + 500),
      end: () => admin.query("UNLOCK TABLES"),
    });
  });

  it("when MySQL hangs with its connections open", async () => {
    await expectNothingLostThrough({ begin: () => mysql.freeze(), end: () => mysql.thaw() });
  });

  it("when others have taken all connections", async () => {
    const taken: Connection[] = [];
    await expectNothingLostThrough({
      begin: () => takeAllConnections(taken),
      lasts: untilAllIssuersKnow,
      end: async () => {
        await admin.query("SET GLOBAL max_connections = 500");
        for (const connection of taken) connection.destroy();
      },
    });
  });

  it("when its inserts lose deadlocks", async () => {
    const { shop, client } = stand;
    const couponId = await openCoupon(client, 500);
    const contended = await stand.issuerMetric('firstcome_issuer_retries_total{why="CONTENTION"');
    const rival = await createConnection(mysql.url);
    await rival.query("SET SESSION innodb_lock_wait_timeout = 5");
    await rival.beginTransaction();
    // More to undo than any insert of the issuers, which are therefore the ones that the database sacrifices.
    await insertRows(rival, "999999", 1, 5_000);
    await insertRows(rival, couponId, 500, 1);
    const rush = crowd([client], couponId, users(500));
    await eventually(async () => {
      const [[waits]] = await admin.query<RowDataPacket[]>("SHOW STATUS LIKE 'Innodb_row_lock_current_waits'");
      return Number(waits?.["Value"]) > 0;
    });
    const { told } = await rush;
    // Of the insert that waits for number 500, every number before it that it has: each way round, one waits for the other.
    for (let issueNo = 499; issueNo > 0; issueNo -= 1) {
      await insertRows(rival, couponId, issueNo, 1);
      if ((await stand.issuerMetric('firstcome_issuer_retries_total{why="CONTENTION"')) > contended) break;
    }
    expect(await stand.issuerMetric('firstcome_issuer_retries_total{why="CONTENTION"')).toBeGreaterThan(contended);
    await rival.rollback();
    rival.destroy();
    await expectPromisesKept(shop, { couponId, quantity: 500, told, rows: 500 });
  });
});

async function untilAllIssuersKnow(): Promise<void> {
  await eventually(async () => (await stand.issuerMetric("firstcome_issuer_outage")) === stand.issuers.length);
}

/** Rows of strangers, numbered from `firstNo`; those that are there are left as they are. */
async function insertRows(connection: Connection, couponId: string, firstNo: number, count: number): Promise<void> {
  const rows = users(count, "rival").map((user, i) => [couponId, `${user}-${firstNo}`, firstNo + i, "2026-01-01"]);
  await connection.query<ResultSetHeader>(
    "INSERT IGNORE INTO user_coupon (coupon_id, user_id, issue_no, accepted_at) VALUES ?",
    [rows],
  );
}

/** Until no service has one and none can get one. */
async function takeAllConnections(taken: Connection[]): Promise<void> {
  await admin.query("SET GLOBAL max_connections = 20");
  await eventually(async () => {
    const ours = new Set(taken.map(({ threadId }) => threadId));
    const [all] = await admin.query<RowDataPacket[]>(
      "SELECT id FROM information_schema.processlist WHERE user = 'plain'",
    );
    const theirs = all.map((row) => Number(row["id"])).filter((id) => !ours.has(id));
    for (const id of theirs) await admin.query(`KILL ${id}`).catch(() => undefined);
    for (;;) {
      const connection = await createConnection(account).catch(isFull);
      if (!connection) break;
      connection.on("error", () => undefined);
      taken.push(connection);
    }
    return theirs.length === 0;
  });
}

function isFull(error: unknown): undefined {
  if (error instanceof Error && "errno" in error && error.errno === 1040) return undefined;
  throw error;
}
