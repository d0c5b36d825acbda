import { existsSync } from "node:fs";
import { mkdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SupervisedProcess } from "../processes/supervised-process.ts";
import type { MysqlProgram } from "./mysql-program.ts";
import { mysqlDataDirectory } from "./mysql-probe.ts";
import { PrivateServer } from "./private-server.ts";
import type { RunDirectory } from "./run-directory.ts";

const ACCOUNT = { user: "firstcome", password: "firstcome", database: "firstcome" };

// The same strictness on both flavours (MySQL 8.4's own default, which MariaDB's lacks a part of), commits that are on disk, and UTC.
const SETTINGS = [
  "--bind-address=127.0.0.1",
  "--skip-name-resolve",
  "--skip-log-bin",
  "--character-set-server=utf8mb4",
  "--default-time-zone=+00:00",
  "--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
  "--innodb-flush-log-at-trx-commit=1",
  "--innodb-buffer-pool-size=256M",
  "--max-connections=500",
];

// No second protocol on a port of its own, and no directory for file imports, which packages put where only their service may look.
const MYSQL_SETTINGS = ["--mysqlx=OFF", "--secure-file-priv=NULL"];

/** A MariaDB or MySQL process of our own: loopback only, durable, on a port and data directory that it keeps over restarts. */
export class MysqlServer extends PrivateServer {
  readonly #program: MysqlProgram;
  readonly #dataDir: string;
  readonly #initFile: string;
  readonly #tmpDir: string;

  constructor(program: MysqlProgram, directory: RunDirectory) {
    super(program.flavour === "mariadb" ? "mariadbd" : "mysqld", directory);
    this.#program = program;
    this.#dataDir = join(directory.path, "mysql");
    this.#initFile = join(directory.path, "mysql-init.sql");
    // Not the machine's: a MariaDB that starts removes all temporary tables it finds there, those of other running servers included.
    this.#tmpDir = join(directory.path, "mysql-tmp");
  }

  get url(): string {
    return urlOn(this.port);
  }

  protected override async spawn(port: number): Promise<SupervisedProcess> {
    await mkdir(this.#tmpDir, { recursive: true });
    if (!existsSync(this.#dataDir)) {
      await this.#initialise();
    }
    await writeFile(this.#initFile, INIT_SQL);
    return await SupervisedProcess.spawn({
      program: this.#program.server,
      env: this.#env(),
      args: [
        "--no-defaults",
        ...asRoot(),
        `--datadir=${this.#dataDir}`,
        // Relative to the data directory: the path of a socket may not be longer than about 100 characters.
        "--socket=mysql.sock",
        `--pid-file=${join(this.#dataDir, "mysql.pid")}`,
        `--port=${port}`,
        `--init-file=${this.#initFile}`,
        ...SETTINGS,
        ...(this.#program.flavour === "mysql" ? MYSQL_SETTINGS : []),
      ],
    });
  }

  protected override async isReady(port: number): Promise<boolean> {
    // Compared without symbolic links: whether a server tells its path with them differs.
    const [theirs, ours] = await Promise.all([mysqlDataDirectory(urlOn(port)).then(realpath), realpath(this.#dataDir)]);
    return theirs === ours;
  }

  /** In a directory beside the real one, so that a half-made data directory is never taken for a whole one. */
  async #initialise(): Promise<void> {
    const fresh = `${this.#dataDir}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    const installer = await SupervisedProcess.spawn({ ...this.#initialiser(fresh), env: this.#env() });
    const { code, signal } = await installer.exited;
    if (code !== 0) {
      throw new Error(
        `making the MySQL data directory failed (${signal ?? `exit code ${code}`}):\n${installer.output.describe(60)}`,
      );
    }
    await rename(fresh, this.#dataDir);
  }

  #initialiser(fresh: string): { program: string; args: string[] } {
    const args = ["--no-defaults", ...asRoot(), `--datadir=${fresh}`];
    return this.#program.flavour === "mariadb"
      ? {
          program: this.#program.installer,
          args: [...args, "--auth-root-authentication-method=normal", "--skip-test-db"],
        }
      : { program: this.#program.server, args: [...args, "--initialize-insecure"] };
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: this.#tmpDir };
  }
}

// Run at every start, before the first connection is let in. One statement a line: the server's parser of this file knows no more.
const INIT_SQL = [
  `CREATE USER IF NOT EXISTS '${ACCOUNT.user}'@'%' IDENTIFIED BY '${ACCOUNT.password}';`,
  `GRANT ALL ON *.* TO '${ACCOUNT.user}'@'%' WITH GRANT OPTION;`,
  `CREATE DATABASE IF NOT EXISTS ${ACCOUNT.database} CHARACTER SET utf8mb4;`,
  "",
].join("\n");

function urlOn(port: number): string {
  return `mysql://${ACCOUNT.user}:${ACCOUNT.password}@127.0.0.1:${port}/${ACCOUNT.database}`;
}

/** Both flavours refuse to run as root unless told so by name. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}
