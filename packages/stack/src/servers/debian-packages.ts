import { SupervisedProcess } from "../processes/supervised-process.ts";
import { withServiceStartsDenied } from "./deny-service-starts.ts";
import { findProgram } from "./find-program.ts";
import type { Log } from "./local-server.ts";

/** Whether packages can be installed without asking anyone: a Debian-like system, and we are root. */
export function canInstallDebianPackages(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

/**
 * Installs the packages with apt-get. Services that come with them are not started: this run starts a private process of its own.
 *
 * @throws with apt-get's last lines when it fails.
 */
export async function installDebianPackages(packages: readonly string[], log: Log): Promise<void> {
  log(`installing ${packages.join(", ")} with apt-get (about 20 s, this once)`);
  await withServiceStartsDenied(async () => {
    // One source of many that does not answer fails the update, and need not matter: the installation decides.
    await aptGet("update").catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));
    await aptGet("install", "--yes", "--no-install-recommends", ...packages);
  });
}

async function aptGet(...args: readonly string[]): Promise<void> {
  const installer = await SupervisedProcess.spawn({
    program: findProgram("apt-get") ?? "",
    args: ["-q", "-o", "DPkg::Lock::Timeout=120", ...args],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    // Ended half-way it would leave packages half-installed.
    mayOutlive: true,
  });
  const { code, signal } = await installer.exited;
  if (code !== 0) {
    throw new Error(`apt-get ${args[0]} failed (${signal ?? `exit code ${code}`}):\n${installer.output.describe()}`);
  }
}
