import type { Clock, Logger } from "@firstcome/runtime";
import type { Calendar } from "../domain/calendar.ts";
import type { Computed, CountedLately } from "../domain/compute-popular.ts";
import { UnavailableError } from "../domain/faults.ts";
import { FRESH_FOR_MS, isFresh } from "../domain/freshness.ts";
import { keyOf, type Popular, type PopularAnswer, type PopularQuery } from "../domain/popular.ts";

export interface PopularAnswersOptions {
  readonly compute: (query: PopularQuery, lately: CountedLately) => Promise<Computed>;
  readonly cache: PopularCache;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly log: Logger;
  /** So long callers wait for a newer answer before they are given an older one, if there is one; in ms. */
  readonly patienceMs: number;
  /** Told of each look beyond the memory of the process. */
  readonly onLook: (look: Look) => void;
}

/** Where rankings are kept for all processes. */
export interface PopularCache {
  get(query: PopularQuery): Promise<Popular | undefined>;
  put(query: PopularQuery, popular: Popular): Promise<void>;
}

/** Where an answer came from. NONE: there was none. */
export type Look = "CACHE" | "COMPUTED" | "STALE" | "NONE";

/** For so long an answer is given without looking whether there is a newer one. */
const REMEMBERED_MS = 1_000;

const RETRY_AFTER_MS = 1_000;

/**
 * Answers what is popular: from memory, from the cache, or by computing it once however many ask. What is away, or slow,
 * costs callers at most a glance: they are given the last answer, which says that it is stale.
 */
export class PopularAnswers {
  readonly #options: PopularAnswersOptions;
  /** By kind, of which the contract allows no more than 700. */
  readonly #remembered = new Map<string, Remembered>();
  readonly #looks = new Map<string, LookUnderWay>();
  /** Those of which the last look found no way to bring them up to date. */
  readonly #outOfDate = new Set<string>();

  constructor(options: PopularAnswersOptions) {
    this.#options = options;
  }

  /**
   * The answer as it can be had soon.
   *
   * @throws UnavailableError when there is none, not even an old one
   */
  async get(query: PopularQuery): Promise<PopularAnswer> {
    const remembered = this.#remembered.get(keyOf(query));
    if (!remembered || this.#isRecent(remembered)) return this.settled(query);
    const { answer, late } = this.#look(query);
    return Promise.race([answer, late.then(() => ({ ...remembered.answer, stale: true }))]);
  }

  /** The same, however long it takes: for those to whom an answer that is merely late would be news. */
  async settled(query: PopularQuery): Promise<PopularAnswer> {
    const remembered = this.#remembered.get(keyOf(query));
    return remembered && this.#isRecent(remembered) ? remembered.answer : this.#look(query).answer;
  }

  /**
   * Computes it now, and puts it into the cache.
   *
   * @param maxAgeMs what was sold until less than so many ms ago will do; 0: until now
   * @throws UnavailableError when either cannot be done
   */
  async refresh(query: PopularQuery, maxAgeMs = 0): Promise<Computed> {
    const { compute, cache, clock } = this.#options;
    const computed = await compute(query, { now: clock.now(), maxAgeMs });
    this.#remember(query, computed.popular, false);
    await cache.put(query, computed.popular);
    return computed;
  }

  #isRecent({ at }: Remembered): boolean {
    const age = this.#options.clock.now() - at;
    // Not when the clock was set back meanwhile.
    return age >= 0 && age < REMEMBERED_MS;
  }

  /** The look that is under way, or a new one. */
  #look(query: PopularQuery): LookUnderWay {
    const key = keyOf(query);
    const underWay = this.#looks.get(key);
    if (underWay) return underWay;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.patienceMs);
    const answer = this.#lookUp(query).finally(() => {
      clearTimeout(timer);
      this.#looks.delete(key);
    });
    const look = { answer, late };
    this.#looks.set(key, look);
    return look;
  }

  async #lookUp(query: PopularQuery): Promise<PopularAnswer> {
    const { compute, cache, calendar, clock, log, onLook } = this.#options;
    const now = clock.now();
    let cached: Popular | undefined;
    try {
      cached = await cache.get(query);
      if (cached && isFresh(cached, now, calendar)) {
        onLook("CACHE");
        return this.#remember(query, cached, false);
      }
      const { popular } = await compute(query, { now, maxAgeMs: FRESH_FOR_MS });
      onLook("COMPUTED");
      const answer = this.#remember(query, popular, false);
      // Not over a newer one, of a refresh meanwhile. A cache that cannot be filled keeps nobody from the answer.
      if (answer.popular === popular) {
        await cache.put(query, popular).catch((error: unknown) => log.warn({ err: error }, "the cache was not filled"));
      }
      return answer;
    } catch (error) {
      return this.#answerStale(query, cached, error);
    }
  }

  #answerStale(query: PopularQuery, cached: Popular | undefined, error: unknown): PopularAnswer {
    const { log, onLook } = this.#options;
    const key = keyOf(query);
    const last = cached ?? this.#remembered.get(key)?.answer.popular;
    onLook(last ? "STALE" : "NONE");
    // Once when it begins, not with each look for as long as it lasts.
    if (!this.#outOfDate.has(key)) {
      log.warn({ err: error, ...query }, "the popular products cannot be brought up to date");
      this.#outOfDate.add(key);
    }
    if (!last) throw new UnavailableError("RANKING", RETRY_AFTER_MS, error);
    return this.#remember(query, last, true);
  }

  /** The newest of what is known is what is told. */
  #remember(query: PopularQuery, found: Popular, stale: boolean): PopularAnswer {
    const { clock, log } = this.#options;
    const key = keyOf(query);
    const known = this.#remembered.get(key)?.answer.popular;
    const popular = known && known.computedAt > found.computedAt ? known : found;
    const answer = { popular, stale };
    this.#remembered.set(key, { answer, at: clock.now() });
    if (!stale && this.#outOfDate.delete(key)) log.info(query, "the popular products are up to date again");
    return answer;
  }
}

interface Remembered {
  readonly answer: PopularAnswer;
  /** Epoch ms: when it was found. */
  readonly at: number;
}

interface LookUnderWay {
  readonly answer: Promise<PopularAnswer>;
  /** Resolves when callers need not wait any longer. */
  readonly late: Promise<void>;
}
