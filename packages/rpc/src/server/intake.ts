import type { MethodMetrics } from "./call-metrics.ts";

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
   * Let in by their headers, lately and in the second before, and not begun. Callers' libraries send the headers of a whole crowd
   * before the first message, so counting only what has begun would let all of it in. Who then sends no message is counted no
   * more after a second or two: nobody takes the room by opening calls.
   */
  #letIn = 0;
  #letInBefore = 0;
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
  letIn(): void {
    this.#letIn += 1;
  }

  /** To be told of the first call of a turn. */
  turnBegan(now: number): void {
    this.#release();
    if (now - this.#countedSince >= MESSAGE_WITHIN_MS) {
      this.#countedSince = now;
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
      began: () => {
        this.#underWay += 1;
        if (this.#letInBefore > 0) this.#letInBefore -= 1;
        else if (this.#letIn > 0) this.#letIn -= 1;
        return metrics.began();
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

const MESSAGE_WITHIN_MS = 1_000;
/** A process that serves nobody, since all wait for Redis, has nothing better to do than to refuse. */
const REFUSING_MS = 5;
const REFUSING_PER_SERVING = 1 / 3;
