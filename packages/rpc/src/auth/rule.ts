import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { Role, rule } from "@firstcome/contracts/access";
import { permissionDenied } from "../errors/rpc-error.ts";
import type { Principal, RoleName } from "./principal.ts";

/** Who may call a method: some roles, or everybody with or without a token (health and reflection). */
export type Access = ReadonlySet<RoleName> | "public";

/**
 * The rule that a method carries in the contract.
 *
 * @throws Error for a method without one: a forgotten rule must not become an open door
 */
export function accessOf(method: DescMethod): Access {
  const name = `${method.parent.typeName}.${method.name}`;
  if (!hasOption(method, rule)) throw new Error(`${name} has no option (firstcome.access.v1.rule)`);
  const roles = getOption(method, rule).roles.map((role) => {
    const roleName = ROLE_NAMES.get(role);
    if (roleName === undefined) throw new Error(`${name} names a role that does not exist: ${role}`);
    return roleName;
  });
  if (roles.length === 0) throw new Error(`the rule of ${name} names no role`);
  return new Set(roles);
}

/** @throws RpcError PERMISSION_DENIED, reason ROLE_NOT_ALLOWED */
export function assertAllowed(access: Access, principal: Principal): void {
  if (access === "public" || principal.kind === "anonymous" || access.has(principal.kind)) return;
  throw permissionDenied("ROLE_NOT_ALLOWED", `the role ${principal.kind} may not call this method`);
}

const ROLE_NAMES: ReadonlyMap<Role, RoleName> = new Map([
  [Role.USER, "user"],
  [Role.SERVICE, "service"],
  [Role.WORKER, "worker"],
  [Role.ADMIN, "admin"],
]);
