import { createHash } from "node:crypto";

/**
 * Where a user's request ids are unique: within the method and the user, so that nobody can use up another's. Short enough
 * for the column, whatever the user id.
 */
export function scopeOfUser(method: "CreateOrder" | "PayOrder", userId: string): string {
  return `${method}:${createHash("sha256").update(userId).digest("base64url").slice(0, 22)}`;
}
