import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot, type ServiceName } from "@firstcome/stack";

const SERVICES: readonly ServiceName[] = ["coupon", "dispatcher", "issuer", "order", "ranking"];

const LONGEST_LOAD_MS = 60_000;

/**
 * Fills Node's compile cache (NODE_COMPILE_CACHE) where it is empty. A run starts some 200 processes of services, and half of
 * the CPU of a start is compiling the same modules; a process writes to the cache when it ends by itself, which most of them
 * do not here.
 */
export async function fillCompileCache(directory: string | undefined): Promise<void> {
  if (directory === undefined || existsSync(directory)) return;
  await Promise.all(SERVICES.map(loadAndEnd));
}

/** A service that is told nothing says so, and ends, when all its modules are loaded. One that does not costs time, no test. */
async function loadAndEnd(name: ServiceName): Promise<void> {
  const main = join(repositoryRoot, "services", name, "src/main.ts");
  const { NODE_COMPILE_CACHE = "", PATH = "" } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { NODE_COMPILE_CACHE, PATH },
    stdio: "ignore",
    timeout: LONGEST_LOAD_MS,
  });
  await once(child, "exit").catch(() => {});
}
