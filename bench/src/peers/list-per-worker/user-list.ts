import type { Redis } from "ioredis";

const BLOCK_S = 1;

/**
 * A worker's list. Its loops pop over one connection, where their commands travel together; only when the list is empty does one of
 * them wait in Redis, on the other connection, and the others for that one. A blocking pop for each loop would take a connection each.
 */
export class UserList {
  readonly #redis: Redis;
  readonly #blocking: Redis;
  readonly #list: string;
  #arrival: Promise<unknown> | undefined;

  constructor(redis: Redis, blocking: Redis, list: string) {
    this.#redis = redis;
    this.#blocking = blocking;
    this.#list = list;
  }

  /** The next user; undefined when there was none, and it is time to ask again. */
  async pop(): Promise<string | undefined> {
    const userId = await this.#redis.lpop(this.#list);
    if (userId !== null) return userId;
    if (this.#arrival !== undefined) {
      await this.#arrival;
      return undefined;
    }
    const popping = this.#blocking.blpop(this.#list, BLOCK_S);
    this.#arrival = popping.then(
      () => undefined,
      () => undefined,
    );
    try {
      return (await popping)?.[1];
    } finally {
      this.#arrival = undefined;
    }
  }

  /** For a user who could not be written. */
  async giveBack(userId: string): Promise<void> {
    await this.#redis.rpush(this.#list, userId);
  }
}
