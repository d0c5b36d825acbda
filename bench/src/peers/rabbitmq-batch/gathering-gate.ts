import type { AcceptAnswer } from "../peer.ts";

/** Callers who ask together. */
interface Ask {
  readonly userIds: readonly string[];
  readonly resolve: (answers: readonly AcceptAnswer[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatheringGateOptions {
  /** Decides on users in their order: whether each has won. */
  readonly decide: (userIds: readonly string[]) => Promise<readonly boolean[]>;
  /** Resolves when the winners are safe with whoever inserts them. */
  readonly handOff: (winners: readonly string[]) => Promise<void>;
  /** Most users of one decision. */
  readonly maxBatch: number;
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
      const batch = this.#take();
      const userIds = batch.flatMap((ask) => ask.userIds);
      try {
        const won = await this.#options.decide(userIds);
        // Not awaited: the next decision does not depend on it.
        void this.#handOffAndAnswer(batch, userIds, won);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  async #handOffAndAnswer(batch: readonly Ask[], userIds: readonly string[], won: readonly boolean[]): Promise<void> {
    try {
      const winners = userIds.filter((_, i) => won[i]);
      if (winners.length > 0) await this.#options.handOff(winners);
      let next = 0;
      for (const ask of batch) {
        ask.resolve(won.slice(next, (next += ask.userIds.length)).map((has) => (has ? "ACCEPTED" : "LOST_RACE")));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #take(): Ask[] {
    let users = 0;
    const end = this.#waiting.findIndex(({ userIds }) => (users += userIds.length) > this.#options.maxBatch);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }
}
