/** What went wrong, the cause first, then what went wrong while things were disposed of because of it; each once. */
export function causesOf(error: unknown): unknown[] {
  if (!(error instanceof SuppressedError)) return [error];
  return [...new Set([...causesOf(error.suppressed), ...causesOf(error.error)])];
}
