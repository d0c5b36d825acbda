import type { ChannelOptions } from "@firstcome/rpc";
import { fullJitterBackoff, type Logger, type Metrics, silentLogger } from "@firstcome/runtime";
import type { Capacity } from "./capacity.ts";
import type { Handle } from "./handling.ts";

export interface WorkerOptions {
  /** Every dispatcher to attach to, as "host:port". Each gets a stream of its own; they share the capacity. */
  addresses: readonly string[];
  /** For people, in the lists of operators: 1–64 of A-Z a-z 0-9 . _ : - */
  name: string;
  /** How much to have in hand at once, over all dispatchers. A few inserts' worth keeps the work from ever waiting. */
  capacity: Capacity;
  handle: Handle;
  log?: Logger | undefined;
  metrics?: Metrics | undefined;
  /** Shows the dispatchers who this is: a token, or what makes one; its role must be `worker`. */
  token?: ChannelOptions["token"];
  tls?: ChannelOptions["tls"];
  /** Ms to wait before attaching again, after so many failures in a row (0, 1, …). Unset: with full jitter, to 5 s. */
  backoff?: ((failures: number) => number) | undefined;
  /**
   * A batch still with the handler after this long has failed, and is delivered again; 10 minutes unless set. Until
   * then the worker keeps extending its deadline.
   */
  maxHandlingMs?: number | undefined;
  /** How long {@link Worker.drain} lets the handler finish; 20 s unless set. */
  drainTimeoutMs?: number | undefined;
}

/** The options with every gap filled. */
export interface CompleteOptions {
  addresses: readonly string[];
  name: string;
  capacity: Capacity;
  handle: Handle;
  channel: Pick<ChannelOptions, "token" | "tls">;
  log: Logger;
  metrics: Metrics | undefined;
  backoff: (failures: number) => number;
  maxHandlingMs: number;
  drainTimeoutMs: number;
}

const NAME = /^[A-Za-z0-9._:-]{1,64}$/;

/** @throws TypeError or RangeError: the dispatcher would refuse such a worker */
export function completeOptions(options: WorkerOptions): CompleteOptions {
  const { addresses, name, capacity, handle, token, tls } = options;
  if (addresses.length === 0) throw new TypeError("a worker needs the address of a dispatcher");
  if (!NAME.test(name))
    throw new TypeError(`the name of a worker is 1–64 of A-Z a-z 0-9 . _ : -, not ${JSON.stringify(name)}`);
  checkCapacity(capacity);
  return {
    addresses: [...new Set(addresses)],
    name,
    capacity,
    handle,
    channel: { token, tls },
    log: options.log ?? silentLogger,
    metrics: options.metrics,
    backoff: options.backoff ?? fullJitterBackoff({ baseMs: 100, maxMs: 5_000 }),
    maxHandlingMs: options.maxHandlingMs ?? 600_000,
    drainTimeoutMs: options.drainTimeoutMs ?? 20_000,
  };
}

/** @throws RangeError */
export function checkCapacity({ maxBatches, maxItems }: Capacity): void {
  if (!isWhole(maxBatches, 10_000))
    throw new RangeError(`maxBatches is a whole number up to 10 000, not ${maxBatches}`);
  if (!isWhole(maxItems, 10_000_000))
    throw new RangeError(`maxItems is a whole number up to 10 000 000, not ${maxItems}`);
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
