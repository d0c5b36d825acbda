import type { PeerAudit, PeerTold } from "../peer.ts";

/**
 * What became of the users where the work ends with the accept and Redis holds the winners.
 *
 * @param held whom Redis holds as winners
 */
export function auditAccepts({ accepted }: PeerTold, held: ReadonlySet<string>, quantity: number): PeerAudit {
  const winners = new Set(accepted);
  return {
    accepted: winners.size,
    rows: 0,
    duplicated: accepted.length - winners.size,
    lost: [...winners].filter((userId) => !held.has(userId)).length,
    overIssued: Math.max(0, winners.size - quantity),
  };
}

/** The same where Redis holds but a counter: who was counted, it does not know. */
export function auditCounter({ accepted }: PeerTold, counted: number, quantity: number): PeerAudit {
  const winners = new Set(accepted);
  return {
    accepted: winners.size,
    rows: 0,
    duplicated: accepted.length - winners.size,
    lost: Math.max(0, accepted.length - counted),
    overIssued: Math.max(0, accepted.length - quantity),
  };
}
