import { createKeys } from "@firstcome/redis";
import { cleanUpAfterFile, eventually, openRedis, type TestRedis } from "@firstcome/testkit";

const PARTITIONS = 4;

/** The hand-off seen from outside: puts batches in as the gate does, and shows what is left. */
export class HandOff {
  readonly redis: ReturnType<typeof openRedis>;
  readonly #keys: ReturnType<typeof createKeys>;
  #nextNo = 1;

  constructor({ url, keyPrefix: prefix }: TestRedis) {
    this.redis = openRedis(url);
    // Where a test restarts Redis, ioredis says so; the test sees it in the commands.
    this.redis.on("error", () => undefined);
    this.#keys = createKeys({ prefix, partitions: PARTITIONS });
    cleanUpAfterFile(async () => this.redis.disconnect());
  }

  /** Accepts `size` users of a coupon with the next numbers; returns the batch id. */
  async accept(batch: BatchOptions = {}): Promise<string> {
    const { partition, stream, fields } = this.#entry(batch);
    return `${partition}:${await this.redis.xadd(stream, "*", ...fields)}`;
  }

  /** Something that the gate did not write, in place of a batch. */
  async forge(change: Partial<Record<"c" | "n" | "t" | "u", string>>): Promise<void> {
    const { stream, fields } = this.#entry({});
    for (const [name, value] of Object.entries(change)) fields[fields.indexOf(name) + 1] = value;
    await this.redis.xadd(stream, "*", ...fields);
  }

  /** One after the other, in this order. */
  async acceptMany(count: number, batch: BatchOptions = {}): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) ids.push(await this.accept(batch));
    return ids;
  }

  /** In this order, and such that whoever reads one of them finds all. */
  async acceptTogether(count: number): Promise<string[]> {
    const transaction = this.redis.multi();
    const entries = Array.from({ length: count }, () => this.#entry({}));
    for (const { stream, fields } of entries) transaction.xadd(stream, "*", ...fields);
    const answers = await transaction.exec();
    return entries.map(({ partition }, index) => `${partition}:${String(answers?.[index]?.[1])}`);
  }

  /**
   * Accepts a batch that a dispatcher has read which does not live, and not touched for `idleMs`; no other can read it in
   * between. Returns the batch id.
   */
  async acceptAsOf(consumer: string, idleMs = 0): Promise<string> {
    const { partition, stream, fields } = this.#entry({});
    const transaction = this.redis.multi().xadd(stream, "*", ...fields);
    const answers = await transaction
      .xreadgroup("GROUP", "dispatch", consumer, "COUNT", 1, "STREAMS", stream, ">")
      .exec();
    const id = String(answers?.[0]?.[1]);
    await this.redis.call("XCLAIM", stream, "dispatch", consumer, 0, id, "IDLE", idleMs, "JUSTID");
    return `${partition}:${id}`;
  }

  /** Makes batches that dispatchers have look untouched for `idleMs`, and keeps all from touching any while this Redis lives. */
  async leaveUntouched(idleMs: number): Promise<void> {
    const transaction = this.redis.multi();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const stream = this.#keys.handoff(partition);
      const pending = await this.redis.xpending(stream, "dispatch", "-", "+", 100);
      for (const [id, consumer] of pending as [id: string, consumer: string][])
        transaction.call("XCLAIM", stream, "dispatch", consumer, 0, id, "IDLE", idleMs, "JUSTID");
    }
    await transaction.client("PAUSE", 600_000, "WRITE").exec();
  }

  /** The dispatchers that the hand-off knows. */
  async dispatchers(): Promise<string[]> {
    const names = new Set<string>();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const replies = await this.redis.xinfo("CONSUMERS", this.#keys.handoff(partition), "dispatch");
      for (const [, name] of replies as [string, string][]) names.add(name);
    }
    return [...names];
  }

  /** Over all partitions. */
  async left(): Promise<{ entries: number; pending: number; dead: DeadItems[] }> {
    const left = { entries: 0, pending: 0, dead: [] as DeadItems[] };
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const stream = this.#keys.handoff(partition);
      left.entries += await this.redis.xlen(stream);
      const [pending] = (await this.redis.xpending(stream, "dispatch")) as [number];
      left.pending += pending;
      for (const [, fields] of await this.redis.xrange(this.#keys.dead(partition), "-", "+"))
        left.dead.push(toDead(fields));
    }
    return left;
  }

  /** Resolves when every batch is off the hand-off, to the dead letters. */
  settled(): Promise<DeadItems[]> {
    return eventually(async () => {
      const { entries, pending, dead } = await this.left();
      return entries + pending === 0 && dead;
    });
  }

  #entry({ couponId = "7", size = 3, acceptedAt = 1_000 }: BatchOptions): Entry {
    const partition = this.#keys.partitionOf(couponId);
    const firstNo = this.#nextNo;
    this.#nextNo += size;
    const users = Array.from({ length: size }, (_, index) => `u${firstNo + index}`);
    const fields = ["c", couponId, "n", firstNo, "t", acceptedAt, "u", users.join(" ")];
    return { partition, stream: this.#keys.handoff(partition), fields };
  }
}

interface Entry {
  partition: number;
  stream: string;
  fields: (string | number)[];
}

interface BatchOptions {
  couponId?: string;
  size?: number;
  acceptedAt?: number;
}

export interface DeadItems {
  users: string;
  numbers: string;
  reason: string;
  attempts: string;
}

function toDead(fields: readonly string[]): DeadItems {
  const at = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
  return { users: at("u"), numbers: at("n"), reason: at("reason"), attempts: at("attempts") };
}
