/**
 * A job that only one process may do at a time asks here first. The adapter (packages/redis) keeps a held lease alive
 * until it is released or lost, and proves with a token that it is still its own.
 */
export interface LeasePort {
  /** Undefined while another holds it. */
  acquire(): Promise<LeaseHandle | undefined>;
}

export interface LeaseHandle {
  /** Aborts when the lease is lost: whatever it guarded must stop writing. */
  readonly signal: AbortSignal;
  /** Gives the lease back so that another may have it at once. Does nothing when it is lost. */
  release(): Promise<void>;
}
