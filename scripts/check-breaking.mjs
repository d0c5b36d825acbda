// Holds the contract against what callers were given before: the point where this branch left the main one, or on the
// main branch the commit before. A change that would break a caller fails the check (`buf breaking`).
import { spawnSync } from "node:child_process";

const base = branchPoint() ?? commitBefore();
if (base === undefined) {
  console.log("No earlier commit holds a contract to compare with.");
} else {
  const { status } = spawnSync("buf", ["breaking", "--against", `.git#ref=${base}`], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

function branchPoint() {
  const head = git("rev-parse", "HEAD");
  for (const main of ["origin/main", "main"]) {
    const parting = git("merge-base", "HEAD", main);
    if (parting !== undefined && parting !== head) return parting;
  }
  return undefined;
}

function commitBefore() {
  const before = git("rev-parse", "--verify", "HEAD~1") ?? git("rev-parse", "--verify", "HEAD");
  return before !== undefined && git("cat-file", "-e", `${before}:buf.yaml`) !== undefined ? before : undefined;
}

function git(...args) {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
