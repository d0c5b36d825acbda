// Fails when packages/contracts/src/gen is not what the protos generate. Mend it with `npm run generate`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const GENERATED = "packages/contracts/src/gen";
const fresh = mkdtempSync(join(tmpdir(), "firstcome-generated-"));
try {
  const { status } = spawnSync("buf", ["generate", "--output", fresh], { stdio: "inherit" });
  if (status !== 0) throw new Error("buf generate failed");
  const stale = differences(GENERATED, join(fresh, GENERATED));
  if (stale.length > 0) {
    console.error(`Not as generated (npm run generate mends it):\n  ${stale.join("\n  ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function differences(committed, generated) {
  const [is, should] = [filesOf(committed), filesOf(generated)];
  return [...new Set([...is.keys(), ...should.keys()])].filter((path) => is.get(path) !== should.get(path));
}

function filesOf(directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [path.slice(directory.length + 1), readFileSync(path, "utf8")];
    }),
  );
}
