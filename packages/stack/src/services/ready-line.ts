/** What a service says about itself when it is ready. */
export interface ReadyLine {
  /** `host:port` of its gRPC server, if it has one. */
  address: string | undefined;
  /** `host:port` of its `/metrics` and `/healthz`, if it serves them. */
  metrics: string | undefined;
}

/** Reads a log line; undefined when it is not JSON with `"msg":"ready"`. */
export function parseReadyLine(line: string): ReadyLine | undefined {
  // Only this one line of a service's whole log is parsed.
  if (!line.includes('"ready"')) {
    return undefined;
  }
  const entry = parseObject(line);
  return entry?.["msg"] === "ready"
    ? { address: textOf(entry["address"]), metrics: textOf(entry["metrics"]) }
    : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
