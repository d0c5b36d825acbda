import type { MethodMetrics } from "./call-metrics.ts";
import { streamOf } from "./call-stream.ts";

/** A call from its headers on: its stream. */
export interface Arrival {
  /** The period in which it was let in, until it has begun or is gone. The intake's own. */
  letInDuring?: number;
}

/**
 * What a process takes in: how many calls it works on at once, and how long it goes on refusing others in one turn of the event
 * loop. Times are in ms of any one clock.
 *
 * A call that is worked on waits for those that were begun before it, so their number bounds what callers wait: 4 096 calls at
 * 10 000 a second are 0.4 s. No clock has a say in who is refused: a crowd of no more than that never is, however slow the
 * machine, and nothing has to recover when there are fewer.
 *
 * Refusing costs a quarter of serving, so a flood that is refused without a bound leaves no time to serve anybody. Hence
 * refusals get a share of each turn; what comes beyond it is not read yet, and waits with its sender.
 */
export class Intake {
  readonly #maxCalls: number;
  #underWay = 0;
  /**
   * Let in by their headers, in this period and in the one before, and neither begun nor gone. Callers' libraries send the headers
   * of a whole crowd before the first message, so counting only what has begun would let all of it in. Who then leaves the stream
   * open and sends no message is counted no more after a second or two: nobody takes the room by opening calls. Each is taken
   * off by its own period, or calls that are served would clear the old count and leave theirs in its place, for ever.
   */
  #letIn = 0;
  #letInBefore = 0;
  #period = 1;
  #countedSince = 0;
  /** Of those under way. They have their answer, which leaves at the end of the turn: until then they are still work. */
  #answered = 0;
  #turnBeganAt: number | undefined;
  #refusingSince: number | undefined;

  /** @param maxCalls unary calls that are worked on at once */
  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  get hasRoom(): boolean {
    return this.#underWay + this.#letIn + this.#letInBefore < this.#maxCalls;
  }

  /** To be told of each call that is counted, when it is let in. */
  letIn(arrival: Arrival): void {
    arrival.letInDuring = this.#period;
    this.#letIn += 1;
  }

  /** Whether a call that was let in has neither begun nor gone, and is not given up. */
  awaits(arrival: Arrival): boolean {
    return arrival.letInDuring === this.#period || arrival.letInDuring === this.#period - 1;
  }

  /** To be told of each call that was let in, when its stream has closed. One that has begun is counted until it is answered. */
  gone(arrival: Arrival): void {
    if (arrival.letInDuring === this.#period) this.#letIn -= 1;
    else if (arrival.letInDuring === this.#period - 1) this.#letInBefore -= 1;
    arrival.letInDuring = NEVER;
  }

  /** To be told of the first call of a turn. */
  turnBegan(now: number): void {
    this.#release();
    if (now - this.#countedSince >= MESSAGE_WITHIN_MS) {
      this.#countedSince = now;
      this.#period += 1;
      this.#letInBefore = this.#letIn;
      this.#letIn = 0;
    }
    this.#turnBeganAt = now;
  }

  turnEnded(): void {
    this.#release();
    this.#refusingSince = undefined;
  }

  /** To be told of each call that is refused. @returns whether no more should be read in this turn */
  refused(now: number): boolean {
    this.#refusingSince ??= now;
    const servedFor = this.#refusingSince - (this.#turnBeganAt ?? now);
    return now - this.#refusingSince >= Math.max(REFUSING_MS, servedFor * REFUSING_PER_SERVING);
  }

  /** Counts the calls of a method among those that are worked on. */
  counting(metrics: MethodMetrics): MethodMetrics {
    return {
      began: (call) => {
        this.#underWay += 1;
        const arrival: Arrival | undefined = streamOf(call);
        if (arrival) this.gone(arrival);
        return metrics.began(call);
      },
      finished: (began, code) => {
        this.#answered += 1;
        metrics.finished(began, code);
      },
    };
  }

  #release(): void {
    this.#underWay -= this.#answered;
    this.#answered = 0;
  }
}

const NEVER = -1;
const MESSAGE_WITHIN_MS = 1_000;
/** A process that serves nobody, since all wait for Redis, has nothing better to do than to refuse. */
const REFUSING_MS = 5;
const REFUSING_PER_SERVING = 1 / 3;
