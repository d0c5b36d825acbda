import { createKeys } from "@firstcome/redis";
import { type ServiceName, type ServiceProcess, startService } from "@firstcome/stack";
import { cleanUpAfterFile, findFreePort, openRedis, testRedis } from "@firstcome/testkit";
import { createPool, type Pool, type RowDataPacket } from "mysql2/promise";

const PARTITIONS = 4;

/** A dispatcher and issuers as processes of their own, with the two stores between which they stand. */
export class IssuerStack {
  readonly #env: Record<string, string>;
  readonly #keys: ReturnType<typeof createKeys>;
  readonly #redis: ReturnType<typeof openRedis>;
  readonly #table: Pool;
  #dispatcher: ServiceProcess | undefined;

  constructor(mysqlUrl: string) {
    const { url, keyPrefix: prefix } = testRedis();
    this.#keys = createKeys({ prefix, partitions: PARTITIONS });
    this.#redis = openRedis(url);
    this.#table = createPool(mysqlUrl);
    cleanUpAfterFile(async () => {
      this.#redis.disconnect();
      await this.#table.end();
    });
    this.#env = {
      REDIS_URL: url,
      REDIS_KEY_PREFIX: prefix,
      GATE_PARTITIONS: String(PARTITIONS),
      MYSQL_URL: mysqlUrl,
      METRICS_PORT: "0",
      LOG_LEVEL: "info",
    };
  }

  /** Later ones take the port of the first. */
  async startDispatcher(env: Record<string, string> = {}): Promise<ServiceProcess> {
    const port = this.#dispatcher?.address.split(":").at(-1) ?? String(await findFreePort());
    return (this.#dispatcher = await this.#start("dispatcher", { PORT: port, ...env }));
  }

  async killDispatcher(): Promise<void> {
    await this.#dispatcher?.kill();
  }

  startIssuer(env: Record<string, string> = {}): Promise<ServiceProcess> {
    return this.#start("issuer", { DISPATCHER_ADDRESSES: this.#dispatcher?.address ?? "", ...env });
  }

  /** Hands over winners of a coupon as the gate does. */
  async accept(couponId: string, firstNo: number, userIds: readonly string[]): Promise<void> {
    const fields = ["c", couponId, "n", firstNo, "t", Date.now(), "u", userIds.join(" ")];
    await this.#redis.xadd(this.#keys.handoff(this.#keys.partitionOf(couponId)), "*", ...fields);
  }

  /** So many entries of `size` winners each; returns the rows that must come of them: "number/user". */
  async acceptMany(couponId: string, entries: number, size: number): Promise<string[]> {
    const users = Array.from({ length: entries * size }, (_, index) => `user-${index + 1}`);
    for (let entry = 0; entry < entries; entry += 1) {
      await this.accept(couponId, 1 + entry * size, users.slice(entry * size, (entry + 1) * size));
    }
    return users.map((user, index) => `${index + 1}/${user}`);
  }

  /** Everything that was accepted has been settled. */
  async settled(): Promise<boolean> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => this.#keys.handoff(partition));
    const left = await Promise.all(partitions.map((handoff) => this.#redis.xlen(handoff)));
    return left.every((entries) => entries === 0);
  }

  async rowsOf(couponId: string): Promise<string[]> {
    const sql = "SELECT * FROM user_coupon WHERE coupon_id = ? ORDER BY issue_no";
    const [rows] = await this.#table.query<RowDataPacket[]>(sql, [couponId]);
    return rows.map((row) => `${row["issue_no"]}/${row["user_id"]}`);
  }

  /** Of one coupon, as text. */
  async deadLetters(couponId: string): Promise<string> {
    return JSON.stringify(await this.#redis.xrange(this.#keys.dead(this.#keys.partitionOf(couponId)), "-", "+"));
  }

  async #start(name: ServiceName, env: Record<string, string>): Promise<ServiceProcess> {
    const service = await startService({ name, env: { ...this.#env, ...env } });
    cleanUpAfterFile(async () => {
      if (service.running) await service.kill();
    });
    return service;
  }
}

/** The value of the first metric whose name begins so. */
export async function metric(service: ServiceProcess, name: string): Promise<number> {
  const response = await fetch(`http://${service.metrics}/metrics`);
  const line = (await response.text()).split("\n").find((text) => text.startsWith(name));
  return Number(line?.split(" ").at(-1));
}

/** The status of `/healthz`. */
export async function health(service: ServiceProcess): Promise<number> {
  return (await fetch(`http://${service.metrics}/healthz`)).status;
}
