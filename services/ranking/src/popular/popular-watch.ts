import type { Logger } from "@firstcome/runtime";
import { TooManyWatchersError } from "../domain/faults.ts";
import { keyOf, type PopularAnswer, type PopularQuery } from "../domain/popular.ts";
import { LatestAnswer } from "./latest-answer.ts";

export interface PopularWatchOptions {
  readonly answers: { settled(query: PopularQuery): Promise<PopularAnswer> };
  /** At once; further ones are turned away. */
  readonly maxWatchers: number;
  readonly log: Logger;
}

const RETRY_AFTER_MS = 5_000;

/** Tells watchers when the popular products change. All who watch the same share one look at a time, whatever their number. */
export class PopularWatch {
  readonly #options: PopularWatchOptions;
  readonly #watched = new Map<string, { readonly query: PopularQuery; readonly watchers: Set<LatestAnswer> }>();
  #watchers = 0;

  constructor(options: PopularWatchOptions) {
    this.#options = options;
  }

  /**
   * The answer as it is, and then at each change. A slow reader skips what has changed again before it came to read.
   *
   * @throws TooManyWatchersError, UnavailableError when there is no first answer, and the signal's reason when it aborts
   */
  async *watch(query: PopularQuery, signal: AbortSignal): AsyncGenerator<PopularAnswer, never> {
    if (this.#watchers >= this.#options.maxWatchers) throw new TooManyWatchersError(RETRY_AFTER_MS);
    const latest = new LatestAnswer();
    this.#enter(query, latest);
    try {
      latest.put(await this.#options.answers.settled(query));
      for (;;) yield await latest.next(signal);
    } finally {
      this.#leave(query, latest);
    }
  }

  /** Looks once at everything that is watched, and tells whoever waits for a change. */
  async look(): Promise<void> {
    const watched = [...this.#watched.values()];
    await Promise.all(
      watched.map(async ({ query, watchers }) => {
        try {
          const answer = await this.#options.answers.settled(query);
          for (const latest of watchers) latest.put(answer);
        } catch (error) {
          this.#options.log.warn({ err: error, ...query }, "could not look for watchers; looking again");
        }
      }),
    );
  }

  get watchers(): number {
    return this.#watchers;
  }

  #enter(query: PopularQuery, latest: LatestAnswer): void {
    const key = keyOf(query);
    const watched = this.#watched.get(key) ?? { query, watchers: new Set<LatestAnswer>() };
    this.#watched.set(key, watched);
    watched.watchers.add(latest);
    this.#watchers += 1;
  }

  #leave(query: PopularQuery, latest: LatestAnswer): void {
    const key = keyOf(query);
    const watchers = this.#watched.get(key)?.watchers;
    watchers?.delete(latest);
    if (watchers?.size === 0) this.#watched.delete(key);
    this.#watchers -= 1;
  }
}
