import { execFile } from "node:child_process";
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where an import stands, and what is imported. */
type Import = readonly [directory: string, module: string];

/** What each package may import of the others. */
const BUILDS_ON: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  runtime: [],
  rpc: ["contracts", "runtime"],
  redis: ["runtime"],
  database: ["runtime"],
  worker: ["contracts", "rpc", "runtime"],
  client: ["contracts", "rpc", "runtime"],
};
const FOR_SERVICES = Object.keys(BUILDS_ON);

const workspaces = await namesOfWorkspaces();
const others = (than: readonly string[]): string[] => workspaces.filter((name) => !than.includes(name));

const WRONG: readonly Import[] = [
  ...Object.entries(BUILDS_ON).flatMap(([name, siblings]) =>
    others([name, ...siblings]).map((other): Import => [`packages/${name}/src`, `@firstcome/${other}`]),
  ),
  ...["services/order/src", "services/order/src/handlers", "services/order/src/storage"].flatMap((directory) =>
    others(FOR_SERVICES).map((other): Import => [directory, `@firstcome/${other}`]),
  ),
  ["services/coupon/src/storage", "@firstcome/contracts/coupon"],
  ["services/coupon/src/domain", "@firstcome/runtime"],
  ["services/coupon/src/domain", "node:crypto"],
  ["services/coupon/src/domain", "../storage/redis-gate.ts"],
  ["services/coupon/src/domain", "./../storage/redis-gate.ts"],
];

const RIGHT: readonly Import[] = [
  ...Object.entries(BUILDS_ON).flatMap(([name, siblings]) =>
    siblings.map((sibling): Import => [`packages/${name}/src`, `@firstcome/${sibling}`]),
  ),
  ...FOR_SERVICES.map((name): Import => ["services/order/src", `@firstcome/${name}`]),
  ["services/coupon/src/handlers", "@firstcome/contracts/coupon"],
  ["services/coupon/src/domain", "./coupon.ts"],
  ["services/coupon/test", "@firstcome/testkit"],
];

let tree: string;
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "firstcome-imports-"));
  await cp(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
});
afterAll(() => rm(tree, { recursive: true, force: true }));

describe("the lint", () => {
  it("stops imports against the direction, and no others", async () => {
    const files = new Map([...WRONG, ...RIGHT].map((one, n) => [join(one[0], `import-${n}.ts`), one]));
    for (const [file, [, module]] of files) {
      const path = join(tree, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `import { it } from "${module}";\n\nexport const kept = it;\n`);
    }

    const stopped = await filesWithWrongImports();

    expect(stopped.map((file) => files.get(file))).toEqual(WRONG);
  });
});

/** As npm knows them, without the scope. */
async function namesOfWorkspaces(): Promise<string[]> {
  const manifests = await Array.fromAsync(glob("{packages,services}/*/package.json", { cwd: root }));
  manifests.push(...["acceptance", "bench", "chaos", "demo"].map((directory) => join(directory, "package.json")));
  const names = await Promise.all(
    manifests.map(async (path) => (JSON.parse(await readFile(join(root, path), "utf8")) as { name: string }).name),
  );
  return names.map((name) => name.replace("@firstcome/", "")).toSorted();
}

/** In the order of their names' numbers. */
async function filesWithWrongImports(): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  // It ends with 1 when it finds something.
  execFile(join(root, "node_modules/.bin/oxlint"), ["--format", "json"], { cwd: tree, timeout: 60_000 }, (_, stdout) =>
    resolve(stdout),
  );
  const { diagnostics } = JSON.parse(await promise) as { diagnostics: { code: string; filename: string }[] };
  const found = diagnostics
    .filter(({ code }) => code.includes("no-restricted-imports"))
    .map(({ filename }) => filename);
  return found.toSorted((one, other) => numberOf(one) - numberOf(other));
}

function numberOf(file: string): number {
  return Number(/-(\d+)\.ts$/.exec(file)?.[1]);
}
