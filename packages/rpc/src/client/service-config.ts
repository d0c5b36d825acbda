/**
 * Retries as gRPC knows them: only calls that got no answer yet, only codes that another try may cure, and fewer and
 * fewer while most calls fail, so that retries do not keep an overloaded server down. Every Firstcome call that changes
 * something may be repeated safely.
 */
export function serviceConfig({ retry }: { retry: boolean }): string {
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: "0.05s",
    maxBackoff: "1s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
  };
  return JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    ...(retry
      ? { methodConfig: [{ name: [{}], retryPolicy }], retryThrottling: { maxTokens: 100, tokenRatio: 0.1 } }
      : {}),
  });
}
