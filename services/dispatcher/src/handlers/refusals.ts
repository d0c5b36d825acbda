import { invalidArgument, type RpcError, unavailable } from "@firstcome/rpc";

export function redisUnavailable(cause: unknown): RpcError {
  return unavailable("REDIS_UNAVAILABLE", "Redis does not answer", 1_000, cause);
}

export function malformedPageToken(): RpcError {
  return invalidArgument([{ field: "page_token", description: "must come from the answer before" }]);
}
