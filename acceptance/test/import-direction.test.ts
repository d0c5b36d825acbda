import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where an import stands, and what is imported. */
type Import = readonly [directory: string, module: string];

const WRONG: readonly Import[] = [
  ["packages/contracts/src", "@firstcome/runtime"],
  ["packages/runtime/src", "@firstcome/contracts"],
  ["packages/rpc/src", "@firstcome/redis"],
  ["packages/redis/src", "@firstcome/rpc"],
  ["packages/database/src", "@firstcome/redis"],
  ["packages/worker/src", "@firstcome/database"],
  ["packages/client/src", "@firstcome/redis"],
  ["services/coupon/src", "@firstcome/issuer-service"],
  ["services/coupon/src/handlers", "@firstcome/testkit"],
  ["services/coupon/src/storage", "@firstcome/contracts/coupon"],
  ["services/coupon/src/domain", "@firstcome/runtime"],
  ["services/coupon/src/domain", "node:crypto"],
  ["services/coupon/src/domain", "../storage/redis-gate.ts"],
];

const RIGHT: readonly Import[] = [
  ["packages/rpc/src", "@firstcome/contracts/coupon"],
  ["packages/redis/src", "@firstcome/runtime"],
  ["packages/worker/src", "@firstcome/rpc"],
  ["packages/client/src", "@firstcome/contracts/order"],
  ["services/coupon/src", "@firstcome/client"],
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
