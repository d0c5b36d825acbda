import { malformedPageToken } from "./refusals.ts";

/** Opaque to callers, so that what is inside may change. */
export function toPageToken(position: string | undefined): string {
  return position === undefined ? "" : Buffer.from(position).toString("base64url");
}

/**
 * @param form what a position looks like
 * @returns undefined for the first page
 * @throws RpcError INVALID_ARGUMENT for a token that is none of ours
 */
export function fromPageToken(token: string, form: RegExp): string | undefined {
  if (token === "") return undefined;
  const position = Buffer.from(token, "base64url").toString();
  if (!form.test(position)) throw malformedPageToken();
  return position;
}

/** @param pageSize as asked for; 0 stands for the default */
export function toLimit(pageSize: number): number {
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
}

const DEFAULT_PAGE_SIZE = 50;
