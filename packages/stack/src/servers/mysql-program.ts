import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findProgram } from "./find-program.ts";

/** A server that speaks MySQL, and how its data directory is made. */
export type MysqlProgram =
  | { flavour: "mariadb"; server: string; installer: string }
  | { flavour: "mysql"; server: string };

/** MariaDB or MySQL, whichever is installed (MariaDB first), or undefined. */
export async function findMysqlProgram(): Promise<MysqlProgram | undefined> {
  const server = findProgram("mariadbd", "mysqld");
  if (server === undefined) {
    return undefined;
  }
  // The name does not tell: Debian's mysqld is a link to mariadbd.
  const { stdout } = await promisify(execFile)(server, ["--no-defaults", "--version"]);
  if (!/mariadb/i.test(stdout)) {
    return { flavour: "mysql", server };
  }
  const installer = findProgram("mariadb-install-db", "mysql_install_db");
  // Since MariaDB 10.x the installer reads its options through a program that Debian packages with the client.
  return installer === undefined || findProgram("my_print_defaults") === undefined
    ? undefined
    : { flavour: "mariadb", server, installer };
}
