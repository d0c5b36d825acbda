import { type RpcError, unavailable } from "@firstcome/rpc";

export function redisUnavailable(cause: unknown): RpcError {
  return unavailable("REDIS_UNAVAILABLE", "Redis does not answer", 1_000, cause);
}
