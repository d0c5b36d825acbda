import { invalidArgument } from "../errors/rpc-error.ts";

/** How many entries a list answers with to callers that do not say. */
export const DEFAULT_PAGE_SIZE = 50;

/** A place in a list as callers carry it around. Opaque to them, so that it may change. */
export function writePageToken(place: readonly string[]): string {
  return Buffer.from(JSON.stringify([VERSION, ...place])).toString("base64url");
}

/**
 * The place that a token of ours stands for; undefined for the empty one, which is the list's beginning.
 *
 * @param shape what each part of the place must look like
 * @throws RpcError INVALID_ARGUMENT for what no answer of ours has held
 */
export function readPageToken(token: string, shape: readonly RegExp[]): string[] | undefined {
  if (token === "") return undefined;
  const [version, ...place] = parse(token);
  const parts = place.filter((part): part is string => typeof part === "string");
  const fits = parts.length === shape.length && shape.every((form, i) => form.test(parts[i] ?? ""));
  if (version === VERSION && fits && place.length === parts.length) return parts;
  throw invalidArgument([{ field: "page_token", description: "is not from an answer to this method" }]);
}

/** A decimal id or time. */
export const DECIMAL = /^\d{1,19}$/;

const VERSION = 1;

function parse(token: string): unknown[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    return Array.isArray(place) ? place : [];
  } catch {
    return [];
  }
}
