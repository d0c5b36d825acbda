import { setTimeout as sleep } from "node:timers/promises";
import { createConnection } from "mysql2/promise";

const NAME = "chaos_row_rule";
/** One winner in a hundred, whoever gave them the coupon. */
const REFUSED_USERS = "%13";
const ATTEMPT_MS = 2_000;
const TRY_AGAIN_MS = 200;
/** Longer than any fault keeps MySQL away. */
const PATIENCE_MS = 60_000;

/**
 * A trigger by which MySQL refuses the rows of some winners, as one that somebody has added without a thought of coupons. What it
 * refuses become dead letters for a reason that passes. It is not put there and taken away through a proxy; MySQL may be down or
 * frozen meanwhile.
 */
export class RowRule {
  readonly #mysqlUrl: string;

  constructor(mysqlUrl: string) {
    this.#mysqlUrl = mysqlUrl;
  }

  /** @throws what kept it from being put there for a minute */
  impose(): Promise<void> {
    return this.#execute(`CREATE TRIGGER IF NOT EXISTS ${NAME} BEFORE INSERT ON user_coupon FOR EACH ROW
      IF NEW.user_id LIKE '${REFUSED_USERS}' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this number brings bad luck';
      END IF`);
  }

  /** @throws what kept it from being taken away for a minute */
  lift(): Promise<void> {
    return this.#execute(`DROP TRIGGER IF EXISTS ${NAME}`);
  }

  /** Both statements may be repeated when nobody knows whether one was done. */
  async #execute(statement: string): Promise<void> {
    for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(TRY_AGAIN_MS)) {
      try {
        return await this.#attempt(statement);
      } catch (error) {
        if (Date.now() > giveUpAt) throw error;
      }
    }
  }

  async #attempt(statement: string): Promise<void> {
    const connection = await createConnection({ uri: this.#mysqlUrl, connectTimeout: ATTEMPT_MS });
    // Of a connection that breaks between two statements.
    connection.on("error", () => undefined);
    try {
      // Whoever waits to change a table keeps everybody else from it.
      await connection.query({ sql: `SET SESSION lock_wait_timeout = 1`, timeout: ATTEMPT_MS });
      await connection.query({ sql: statement, timeout: ATTEMPT_MS });
    } finally {
      connection.destroy();
    }
  }
}
