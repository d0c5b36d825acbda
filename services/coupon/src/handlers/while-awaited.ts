import { type CallContext, deadlineExceeded } from "@firstcome/rpc";
import type { UserRule } from "../domain/user-coupon-rules.ts";

/**
 * The rule, for as long as somebody waits for what it says. It is asked under the lock of the row, so a call that was given up
 * while it waited for that, or for a connection to the database, changes nothing any more. A commit under way still counts.
 */
export function whileAwaited<R>(rule: UserRule<R>, { signal }: Pick<CallContext, "signal">): UserRule<R> {
  return (row, facts, now) => {
    if (signal.aborted) throw deadlineExceeded("DEADLINE_EXCEEDED", "nobody waits for the answer any more");
    return rule(row, facts, now);
  };
}
