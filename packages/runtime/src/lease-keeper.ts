import type { LeaseHandle, LeasePort } from "./lease.ts";

/** Holds on to a lease between passes, and asks again after it was lost. */
export interface LeaseKeeper {
  /** The lease, if it is ours or can be had now. */
  hold(): Promise<LeaseHandle | undefined>;
  release(): Promise<void>;
}

export function keepLease(port: LeasePort): LeaseKeeper {
  let held: LeaseHandle | undefined;
  return {
    async hold() {
      if (!held || held.signal.aborted) held = await port.acquire();
      return held;
    },
    async release() {
      const handle = held;
      held = undefined;
      await handle?.release();
    },
  };
}
