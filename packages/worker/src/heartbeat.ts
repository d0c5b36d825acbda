/** How many silent intervals make a peer dead. */
const MISSED = 3;

export interface HeartbeatSpec {
  /** What both sides agreed on. */
  intervalMs: number;
  /** Sends one. */
  beat: () => void;
  /** The other side has been silent for three intervals. Called once. */
  lost: () => void;
}

/**
 * Keeps one conversation alive in both directions. In the application, since proxies answer HTTP/2 pings for a peer
 * that is long dead.
 */
export class Heartbeat implements Disposable {
  readonly #spec: HeartbeatSpec;
  readonly #timer: NodeJS.Timeout;
  #said = false;
  #heardAt = performance.now();
  #suspected = false;

  constructor(spec: HeartbeatSpec) {
    this.#spec = spec;
    // Twice an interval, so that a word said just after one tick is followed by a beat within the interval.
    this.#timer = setInterval(() => this.#tick(), spec.intervalMs / 2);
  }

  /** Something was sent: no beat is needed for a while. */
  said(): void {
    this.#said = true;
  }

  /** Something has arrived. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const silent = performance.now() - this.#heardAt > MISSED * this.#spec.intervalMs;
    if (silent && this.#suspected) {
      clearInterval(this.#timer);
      this.#spec.lost();
      return;
    }
    // Silence may be this process's own: one that was held up finds its timers due before it reads what has arrived.
    this.#suspected = silent;
    if (!this.#said) this.#spec.beat();
    this.#said = false;
  }
}
