/** The server's end of a bidirectional stream. Returning from the handler ends the call with OK, throwing with an error. */
export interface DuplexStream<Req, Res> extends AsyncIterable<Req> {
  /** Sends. False: the buffer is above its mark, wait for {@link drained} before more; or the peer is gone. */
  write(response: Res): boolean;
  /** Resolves when the buffer has room again, and also when the peer is gone. */
  drained(): Promise<void>;
  /** Resolves when the peer is gone or the call is over. Never rejects. */
  readonly closed: Promise<void>;
  /** False once the peer is gone or the call is over: writes go nowhere. */
  readonly open: boolean;
}
