import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

// Debian keeps servers where only root's PATH looks, Fedora in libexec, Homebrew in its own tree.
const OTHER_DIRECTORIES = [
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/libexec",
  "/opt/homebrew/bin",
  "/usr/local/mysql/bin",
];

/** The full path of the first of `names` that is installed, or undefined. */
export function findProgram(...names: readonly string[]): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...OTHER_DIRECTORIES].filter(
    (directory) => directory !== "",
  );
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (isExecutable(path)) {
        return path;
      }
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
