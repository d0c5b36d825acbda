/**
 * Tokens that count up.
 *
 * @param start a random number below 2^48, so that two dispatchers do not give the same one to attempts at the same batch, and that
 *   @firstcome/rpc reads and writes the messages that carry them with functions of its own, which take numbers below 2^49
 */
export function attemptTokens(start: number): () => string {
  let last = start;
  return () => String(++last);
}
