import type { AcceptAnswer } from "../peer.ts";
import type { IssueBatch } from "./issue-batch.ts";

export interface GatheringGateOptions {
  /** Decides on users, in their order. */
  readonly decide: (userIds: readonly string[]) => Promise<Decision>;
  /** Resolves when the winners are safe with whoever inserts them. */
  readonly handOff: (winners: IssueBatch) => Promise<void>;
  /** Most users of one decision. */
  readonly maxBatch: number;
}

export interface Decision {
  /** For each user. */
  readonly answers: readonly AcceptAnswer[];
  readonly winners: IssueBatch;
}

/** All callers that wait are decided together; while that is under way, the next ones gather. They are answered when the winners are safe. */
export class GatheringGate {
  readonly #options: GatheringGateOptions;
  #waiting: Ask[] = [];
  #running = false;

  constructor(options: GatheringGateOptions) {
    this.#options = options;
  }

  ask(userIds: readonly string[]): Promise<readonly AcceptAnswer[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly AcceptAnswer[]>();
    this.#waiting.push({ userIds, resolve, reject });
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
    return promise;
  }

  async #run(): Promise<void> {
    // Whoever asks in the same turn belongs to the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const asks = this.#take();
      try {
        const decision = await this.#options.decide(asks.flatMap(({ userIds }) => userIds));
        // Not awaited: the next decision does not depend on it.
        void this.#handOffAndAnswer(asks, decision);
      } catch (error) {
        for (const { reject } of asks) reject(error);
      }
    }
    this.#running = false;
  }

  async #handOffAndAnswer(asks: readonly Ask[], { answers, winners }: Decision): Promise<void> {
    try {
      if (winners.userIds.length > 0) await this.#options.handOff(winners);
      let next = 0;
      for (const { userIds, resolve } of asks) resolve(answers.slice(next, (next += userIds.length)));
    } catch (error) {
      for (const { reject } of asks) reject(error);
    }
  }

  #take(): Ask[] {
    let users = 0;
    const end = this.#waiting.findIndex(({ userIds }) => (users += userIds.length) > this.#options.maxBatch);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }
}

/** Callers who ask together. */
interface Ask {
  readonly userIds: readonly string[];
  readonly resolve: (answers: readonly AcceptAnswer[]) => void;
  readonly reject: (error: unknown) => void;
}
