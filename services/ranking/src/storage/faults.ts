import { Code, RpcError } from "@firstcome/rpc";
import { UnavailableError } from "../domain/faults.ts";

/** What is away is not back sooner, and callers come back all together. */
const RETRY_AFTER_MS = 500;

/** Runs an access to Redis. All that can fail there is Redis or the way to it. */
export async function askRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // From a call of the order service within, as when a day is rebuilt.
    if (error instanceof UnavailableError || error instanceof RpcError) throw error;
    throw new UnavailableError("REDIS", RETRY_AFTER_MS, error);
  }
}

/** Runs a call of the order service. A call that was given up, because its own caller did, stays what it is. */
export async function askOrderService<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RpcError) || error.code === Code.CANCELLED) throw error;
    throw new UnavailableError("ORDER_SERVICE", error.retryAfterMs ?? RETRY_AFTER_MS, error);
  }
}
