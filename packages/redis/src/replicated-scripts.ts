import { Cluster } from "ioredis";
import { duplicateForWaiting } from "./connect.ts";
import type { RedisClient } from "./connect.ts";
import type { ScriptRunner } from "./script.ts";

export interface ReplicatedScriptsOptions {
  readonly redis: RedisClient;
  /** How many replicas are waited for. */
  readonly replicas: number;
  /** How long, in ms. */
  readonly timeoutMs: number;
}

/**
 * Runs scripts and waits, in the same round trip, until replicas have what the server had when the script was through. On a
 * connection of its own, since `WAIT` holds up all that comes after it; it is made when first used.
 *
 * Script and `WAIT` go to one server over one connection, so that a server which takes its place in between cannot answer for
 * what it has never seen.
 */
export class ReplicatedScripts {
  readonly #options: ReplicatedScriptsOptions;
  readonly #connection: RedisClient;
  #opening: Promise<void> | undefined;

  constructor(options: ReplicatedScriptsOptions) {
    this.#options = options;
    this.#connection = duplicateForWaiting(options.redis, options.timeoutMs);
  }

  /**
   * For one script. Whether replicas have what it left is asked afterwards: of what changed nothing it need not matter.
   *
   * @param fence a key in the slot of the script, written after it. For one that may find everything done by an earlier attempt
   *   and write nothing: since Redis 7.2 `WAIT` counts from the last write of its own connection, and the earlier attempt may
   *   have come over another
   */
  once(fence?: string): ReplicatedScript {
    const { replicas } = this.#options;
    let reached = 0;
    const run = async (script: Command): Promise<unknown> => {
      reached = 0;
      const [answer, waited] = await this.#run(script, fence);
      reached = waited;
      return answer;
    };
    return {
      evalsha: (...args) => run(["evalsha", ...args]),
      eval: (...args) => run(["eval", ...args]),
      requireReplicas() {
        if (reached < replicas) throw new Error(`${reached} of ${replicas} replicas have it`);
      },
    };
  }

  close(): void {
    this.#connection.disconnect();
  }

  async #run(script: Command, fence: string | undefined): Promise<[answer: unknown, reached: number]> {
    const { replicas, timeoutMs } = this.#options;
    await this.#open();
    const write: Command[] = fence === undefined ? [] : [["set", fence, "1"]];
    const answers = (await this.#connection.pipeline([script, ...write, ["wait", replicas, timeoutMs]]).exec()) ?? [];
    const failed = answers.find(([error]) => error)?.[0];
    if (failed) {
      // A pipeline in which WAIT went well is not redirected by itself: look where the slot is now, for the next attempt.
      if (this.#connection instanceof Cluster) this.#connection.refreshSlotsCache();
      throw failed;
    }
    return [answers[0]?.[1], Number(answers.at(-1)?.[1])];
  }

  /** Afterwards the connection reconnects by itself, and what is sent meanwhile fails at once. */
  async #open(): Promise<void> {
    if (this.#connection.status === "wait") this.#opening = this.#connection.connect().catch(() => undefined);
    await this.#opening;
  }
}

export interface ReplicatedScript extends ScriptRunner {
  /** @throws when fewer replicas than asked for had it within the time. */
  requireReplicas(): void;
}

type Command = [name: string, ...args: (string | number)[]];
