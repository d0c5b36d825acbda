import type { Faults } from "../result.ts";
import type { PeerAudit } from "./peer.ts";

/** What happened to those who came since an earlier audit. */
export function faultsSince(before: PeerAudit, after: PeerAudit): Faults {
  const since = (fault: keyof Faults): number => Math.max(after[fault] - before[fault], 0);
  return { lost: since("lost"), duplicated: since("duplicated"), overIssued: since("overIssued") };
}
