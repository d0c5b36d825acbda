// Runs before `npm start`, `npm test` and `npm run check`, on whatever Node the machine has and before anything is installed: makes
// node_modules match package-lock.json. When it does already, that costs one hash. Afterwards `node` in npm scripts is
// node_modules/.bin/node, the version that package.json names.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedTreeMatchesLock } from "./installed-tree.mjs";
import { LockWaitError, withLock } from "./lock.mjs";

const OLDEST_NODE = 24;

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const stamp = join(modules, ".firstcome-deps");
const ownNode = join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node");

if (!isUpToDate()) {
  mkdirSync(join(root, ".local"), { recursive: true });
  // Two commands started at once on a fresh clone: one installs, the other waits and finds the work done.
  try {
    withLock(join(root, ".local/install.lock"), () => {
      if (!isUpToDate()) {
        install();
      }
    });
  } catch (error) {
    if (!(error instanceof LockWaitError)) {
      throw error;
    }
    fail(error.message);
  }
}

function isUpToDate() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hashOfManifests();
}

function hashOfManifests() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of ["package-lock.json", ".npmrc"]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function install() {
  if (!installedTreeMatchesLock(root)) {
    npmCi();
  }
  ensureNode();
  writeFileSync(stamp, hashOfManifests());
}

function npmCi() {
  const startedAt = Date.now();
  console.error("Installing the dependencies (npm ci) …");
  const { program, args } = npm();
  const { status, error } = spawnSync(program, [...args, "ci", "--no-progress"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: pathWithoutModules() },
  });
  if (status !== 0) {
    fail(
      `npm ci failed${error ? `: ${error.message}` : ` (exit code ${status})`}. Its messages are above; nothing was started.`,
    );
  }
  console.error(`Installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** The npm that runs this script, by the Node it runs on: `npm` on the PATH might find the Node that npm ci is about to remove. */
function npm() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  return cli && node && !node.startsWith(modules) ? { program: node, args: [cli] } : { program: "npm", args: [] };
}

function pathWithoutModules() {
  const directories = (process.env.PATH ?? "").split(delimiter);
  return directories.filter((directory) => !directory.startsWith(modules)).join(delimiter);
}

/** Either the Node that package.json brings runs here, or the machine's own is new enough. */
function ensureNode() {
  if (existsSync(ownNode) && spawnSync(ownNode, ["--version"]).status === 0) {
    return;
  }
  // A binary that does not run here (another C library) would stand before the machine's own Node in every npm script.
  rmSync(ownNode, { force: true });
  const version =
    spawnSync("node", ["--version"], { encoding: "utf8", env: { ...process.env, PATH: pathWithoutModules() } })
      .stdout ?? "";
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
  if (major < OLDEST_NODE) {
    fail(
      `There is no ready-made Node for ${process.platform}-${process.arch}, and this machine's own is ${version.trim() || "missing"}. ` +
        `Install Node ${OLDEST_NODE} or later (https://nodejs.org) and run this again.`,
    );
  }
}

function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}
