/** A process that is killed, frozen and started again in the course of a run: a service or a store. */
export interface Actor {
  /** Runs its faults one after the other. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Starts it where it stopped, and resolves when it is ready. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
  /** SIGSTOP. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): Promise<void>;
}
