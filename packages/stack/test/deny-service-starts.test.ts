import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withServiceStartsDenied } from "../src/servers/deny-service-starts.ts";

let policyFile: string;

beforeEach(async () => {
  policyFile = join(await mkdtemp(join(tmpdir(), "firstcome-policy-")), "policy-rc.d");
});

afterEach(async () => {
  await rm(join(policyFile, ".."), { recursive: true });
});

it("denies service starts during the installation only, also when it fails", async () => {
  let policy = "";
  let mode = 0;
  const installation = withServiceStartsDenied(async () => {
    policy = await readFile(policyFile, "utf8");
    mode = (await stat(policyFile)).mode & 0o777;
    throw new Error("no such package");
  }, policyFile);
  await expect(installation).rejects.toThrow("no such package");
  expect(policy).toMatch(/^#!\/bin\/sh\n.*exit 101\n$/s);
  expect(mode & 0o100).toBe(0o100);
  await expect(stat(policyFile)).rejects.toThrow("ENOENT");
});

it("leaves a policy of the machine's own as it is", async () => {
  await writeFile(policyFile, "#!/bin/sh\nexit 0\n");
  await withServiceStartsDenied(async () => {}, policyFile);
  expect(await readFile(policyFile, "utf8")).toBe("#!/bin/sh\nexit 0\n");
});

it("removes a policy that an interrupted installation of ours left", async () => {
  const interrupted = withServiceStartsDenied(async () => {
    const ours = await readFile(policyFile, "utf8");
    await rm(policyFile);
    await writeFile(policyFile, ours);
    await withServiceStartsDenied(async () => {}, policyFile);
    await expect(stat(policyFile)).rejects.toThrow("ENOENT");
  }, policyFile);
  await interrupted;
});
