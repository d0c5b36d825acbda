import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { Peer, PeerAudit, PeerEnv, PeerTold } from "../peer.ts";

/** The part of a peer that has to do with its rows. */
type RowsOfPeer = Required<Pick<Peer, "prepare" | "countRows" | "audit">>;

export interface IssuedTable {
  readonly name: string;
  /** A column that counts up by one for each row, and has an index: by itself, or behind the coupon's id. */
  readonly serial: string;
  readonly indexedBy: "serial" | "coupon, serial";
  create(env: PeerEnv): Promise<unknown>;
}

/**
 * The rows of a peer, in the table that a shop without Firstcome would have unless another is given.
 *
 * @param inserts how often each user is inserted, where that is the design: such a table has no unique key
 */
export function issuedRows({ inserts = 1, table = shopTable(inserts === 1) } = {}): RowsOfPeer {
  return {
    async prepare(env) {
      await table.create(env);
    },
    async countRows(env, enough) {
      return Math.floor((await countAtMost(env, table, inserts * enough)) / inserts);
    },
    audit: (env, told) => audit(env, table, told),
  };
}

/** As many indexes as Firstcome's, fewer columns, and no issue number; and the coupon's row with its stock. */
function shopTable(unique: boolean): IssuedTable {
  return {
    name: "issued_coupon",
    serial: "id",
    indexedBy: "serial",
    async create({ mysqlUrl, couponId, quantity }) {
      const connection = await createConnection(mysqlUrl);
      try {
        await connection.query(`CREATE TABLE coupon (
          id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
          quantity INT UNSIGNED NOT NULL,
          issued INT UNSIGNED NOT NULL DEFAULT 0
        ) ENGINE = InnoDB`);
        await connection.query("INSERT INTO coupon (id, quantity) VALUES (?, ?)", [couponId, quantity]);
        await connection.query(`CREATE TABLE issued_coupon (
          id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
          coupon_id BIGINT UNSIGNED NOT NULL,
          user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
          issued_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
          ${unique ? "UNIQUE KEY" : "KEY"} issued_coupon_user (coupon_id, user_id)
        ) ENGINE = InnoDB`);
      } finally {
        await connection.end();
      }
    },
  };
}

/**
 * Counting reads rows, and this is asked fifty times a second beside the peer at work. So the highest serial, which no count can be
 * above, stands for the count for as long as it is below `enough`; and rows that were all there once are not counted again.
 */
async function countAtMost(env: PeerEnv, { name, serial, indexedBy }: IssuedTable, enough: number): Promise<number> {
  const connection = await observer(env.mysqlUrl);
  // The highest is read from the end of the index, which of all coupons together it is not when the coupon comes first.
  const ofCoupon = indexedBy === "serial" ? "TRUE" : `coupon_id = ${connection.escape(env.couponId)}`;
  const [highest] = await connection.query<CountRow[]>(
    `SELECT COALESCE(MAX(${serial}), 0) AS n FROM ${name} WHERE ${ofCoupon}`,
  );
  const bound = Number(highest[0]?.n);
  if (bound < enough) return bound;
  const before = counted.get(env) ?? { serial: 0, rows: 0 };
  const [since] = await connection.query<(CountRow & { highest: number | string })[]>(
    `SELECT COUNT(*) AS n, COALESCE(MAX(${serial}), 0) AS highest FROM ${name} WHERE ${ofCoupon} AND ${serial} > ?`,
    [before.serial],
  );
  const rows = before.rows + Number(since[0]?.n);
  // All that were accepted are there, so none below the highest is still under way.
  if (rows >= enough) counted.set(env, { serial: Math.max(before.serial, Number(since[0]?.highest)), rows });
  return rows;
}

/** Up to which serial a peer's rows were all there when they were last waited for, and how many they were. */
const counted = new WeakMap<PeerEnv, { readonly serial: number; readonly rows: number }>();

async function audit(env: PeerEnv, { name }: IssuedTable, { accepted }: PeerTold): Promise<PeerAudit> {
  const connection = await observer(env.mysqlUrl);
  const [found] = await connection.query<(RowDataPacket & { user_id: string; n: number })[]>(
    `SELECT user_id, COUNT(*) AS n FROM ${name} WHERE coupon_id = ? GROUP BY user_id`,
    [env.couponId],
  );
  observers.delete(env.mysqlUrl);
  await connection.end();

  const rowsOf = new Map(found.map(({ user_id: userId, n }) => [userId, n]));
  const rows = [...rowsOf.values()].reduce((sum, n) => sum + n, 0);
  const winners = new Set(accepted);
  return {
    accepted: winners.size,
    rows,
    duplicated: rows - rowsOf.size,
    lost: [...winners].filter((userId) => !rowsOf.has(userId)).length,
    overIssued: Math.max(0, rowsOf.size - env.quantity),
  };
}

interface CountRow extends RowDataPacket {
  readonly n: number | string;
}

/** A connection of the bench to each database, kept between counts: connecting fifty times a second would be work for the server. */
const observers = new Map<string, Promise<Connection>>();

function observer(mysqlUrl: string): Promise<Connection> {
  let connection = observers.get(mysqlUrl);
  if (connection === undefined) {
    connection = createConnection(mysqlUrl);
    observers.set(mysqlUrl, connection);
    const forget = (): boolean => observers.delete(mysqlUrl);
    connection.then((opened) => opened.on("error", forget), forget);
  }
  return connection;
}
