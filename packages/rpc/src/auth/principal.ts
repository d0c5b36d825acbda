import { permissionDenied } from "../errors/rpc-error.ts";

/** Who calls. Anonymous is only ever possible while access control is off, which binds the server to loopback. */
export type Principal = { readonly kind: "anonymous" } | { readonly kind: RoleName; readonly subject: string };

/** What the claim `role` of a token says. */
export type RoleName = "user" | "service" | "worker" | "admin";

export const ANONYMOUS: Principal = { kind: "anonymous" };

/**
 * A user acts for itself only. Call it in every handler whose request names a user.
 *
 * @throws RpcError PERMISSION_DENIED, reason NOT_YOUR_USER
 */
export function assertActsFor(ctx: { readonly principal: Principal }, userId: string): void {
  const { principal } = ctx;
  if (principal.kind === "user" && principal.subject !== userId) {
    throw permissionDenied("NOT_YOUR_USER", "the token is for another user");
  }
}
