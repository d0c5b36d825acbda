import type { QueryResult } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { createHash } from "node:crypto";

/** What a caller sends so that a retry does nothing twice. */
export interface RequestKey {
  /** What the id is unique within, such as the method; at most 40 ASCII characters. */
  scope: string;
  /** Chosen by the caller; at most 64 ASCII characters. */
  requestId: string;
  /** What was asked, by value: the same id with other content is refused. Anything JSON can hold, keys in a fixed order. */
  content: unknown;
}

export type Claim =
  /** Nobody has used the id: do the work, then {@link remember} what came of it, all in the same transaction. */
  | { kind: "FIRST" }
  /** Done before; `resourceId` is what came of it. */
  | { kind: "REPEATED"; resourceId: string }
  /** Done before, with other content. */
  | { kind: "REUSED" };

/**
 * Claims a request id within a transaction. Of several that claim the same id at once, one goes on and the others wait
 * for its commit; when it rolls back, the next one is the first.
 */
export async function claim(em: SqlEntityManager, { scope, requestId, content }: RequestKey): Promise<Claim> {
  const fingerprint = fingerprintOf(content);
  // ON DUPLICATE KEY takes the exclusive lock at once; a plain INSERT's shared lock lets waiting claims deadlock.
  const { affectedRows } = await em.execute<QueryResult>(
    "INSERT INTO idempotency (scope, request_id, fingerprint) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE scope = scope",
    [scope, requestId, fingerprint],
    "run",
  );
  if (affectedRows === 1) return { kind: "FIRST" };
  return (await find(em, scope, requestId, fingerprint)) ?? { kind: "REUSED" };
}

/**
 * What {@link claim} would find at this moment, without claiming: for work that is prepared outside the transaction and
 * need not be when the id was used before. FIRST is no promise that it still will be.
 */
export async function recall(em: SqlEntityManager, { scope, requestId, content }: RequestKey): Promise<Claim> {
  return (await find(em, scope, requestId, fingerprintOf(content))) ?? { kind: "FIRST" };
}

/** Completes a claim that was the first. */
export async function remember(
  em: SqlEntityManager,
  { scope, requestId }: RequestKey,
  resourceId: string,
): Promise<void> {
  await em.execute(
    "UPDATE idempotency SET resource_id = ? WHERE scope = ? AND request_id = ?",
    [resourceId, scope, requestId],
    "run",
  );
}

/** Gives a claim that was the first back: nothing was done, and the id may be used again. */
export async function abandon(em: SqlEntityManager, { scope, requestId }: RequestKey): Promise<void> {
  await em.execute("DELETE FROM idempotency WHERE scope = ? AND request_id = ?", [scope, requestId], "run");
}

function fingerprintOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

async function find(
  em: SqlEntityManager,
  scope: string,
  requestId: string,
  fingerprint: string,
): Promise<Exclude<Claim, { kind: "FIRST" }> | undefined> {
  const [known] = await em.execute<{ fingerprint: string; resource_id: string }[]>(
    "SELECT fingerprint, resource_id FROM idempotency WHERE scope = ? AND request_id = ?",
    [scope, requestId],
  );
  if (!known) return undefined;
  return known.fingerprint === fingerprint ? { kind: "REPEATED", resourceId: known.resource_id } : { kind: "REUSED" };
}
