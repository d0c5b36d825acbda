/** A Redis, MySQL or RabbitMQ server that belongs to this run and may be ended, frozen and started again at will. */
export interface LocalServer extends AsyncDisposable {
  /** `redis://…`, `mysql://…/firstcome` or `amqp://…`; stays the same over restarts. */
  readonly url: string;
  /** Of its process on this machine, while it runs; absent when it runs in a container. */
  readonly pid?: number;
  /** Starts it on the data it left behind, on the same port, and waits until it answers. */
  start(): Promise<void>;
  /** An orderly stop (SIGTERM), and waits for the end. */
  stop(): Promise<void>;
  /** An end without a chance to tidy up (SIGKILL), and waits for it. */
  kill(): Promise<void>;
  /** It keeps its memory and its connections and answers nothing (SIGSTOP). */
  freeze(): Promise<void>;
  /** It goes on where it was frozen (SIGCONT). */
  thaw(): Promise<void>;
}

/** Receives lines for a person to read, such as what is being installed. */
export type Log = (line: string) => void;
