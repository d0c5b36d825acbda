import { readFile, rm, writeFile } from "node:fs/promises";

const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY =
  "#!/bin/sh\n# Put here by Firstcome while it installs a database server, so that the package starts no service. Safe to remove.\nexit 101\n";

/**
 * Runs `install` while Debian packages start no services: their scripts ask this file, and 101 means no. A policy that is there already
 * is somebody's decision and stays as it is.
 */
export async function withServiceStartsDenied(
  install: () => Promise<void>,
  policyFile: string = POLICY_FILE,
): Promise<void> {
  const ours = await writePolicy(policyFile);
  try {
    await install();
  } finally {
    if (ours) {
      await rm(policyFile, { force: true });
    }
  }
}

async function writePolicy(policyFile: string): Promise<boolean> {
  try {
    await writeFile(policyFile, POLICY, { flag: "wx", mode: 0o755 });
    return true;
  } catch {
    // Ours too when it is from a run that was killed half-way: then this one removes it.
    return (await readFile(policyFile, "utf8").catch(() => "")) === POLICY;
  }
}
