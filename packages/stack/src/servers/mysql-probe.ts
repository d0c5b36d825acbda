import { createConnection, type RowDataPacket } from "mysql2/promise";

/**
 * The data directory of the server that answers on `url`: who it is, not only that it is there.
 *
 * @throws while nothing answers or the login is refused.
 */
export async function mysqlDataDirectory(url: string): Promise<string> {
  const connection = await createConnection({ uri: url, connectTimeout: 1_000 });
  try {
    const [rows] = await connection.query<(RowDataPacket & { datadir: string })[]>("SELECT @@datadir AS datadir");
    return rows[0]?.datadir ?? "";
  } finally {
    await connection.end();
  }
}
