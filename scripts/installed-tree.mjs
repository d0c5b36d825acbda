import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Whether npm's own record of node_modules says what package-lock.json says, as after `npm install` by hand: nothing to do then. */
export function installedTreeMatchesLock(root) {
  const locked = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  if (locked === undefined || installed === undefined) {
    return false;
  }
  const paths = Object.keys(locked).filter((path) => path !== "");
  return (
    paths.every((path) => (path in installed ? isSame(locked[path], installed[path]) : mayBeAbsent(locked[path]))) &&
    Object.keys(installed).every((path) => path in locked)
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function isSame(locked, installed) {
  return ["version", "resolved", "integrity", "link"].every((field) => locked[field] === installed[field]);
}

/** Optional packages are left out where they do not fit the platform. */
function mayBeAbsent(entry) {
  return entry.optional === true || entry.devOptional === true;
}
