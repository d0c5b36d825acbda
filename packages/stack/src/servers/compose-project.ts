import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { processGuard } from "../processes/process-guard.ts";
import { repositoryRoot } from "../repository-root.ts";

const run = promisify(execFile);

/** Whether a Docker engine answers and has the compose plugin. */
export async function canUseCompose(): Promise<boolean> {
  try {
    await run("docker", ["compose", "version"]);
    await run("docker", ["info"], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** The servers of the repository's compose file, under a project name of their own. Disposing removes the containers and their volumes. */
export class ComposeProject implements AsyncDisposable {
  readonly #name = `firstcome-${randomBytes(4).toString("hex")}`;
  readonly #env: NodeJS.ProcessEnv;

  /** @param variables of the compose file, such as the ports to publish; they go before those of the environment and of `.env`. */
  constructor(variables: Readonly<Record<string, string>>) {
    // The file refuses to be read without a secret for the services; none of them is started here.
    this.#env = { ...process.env, AUTH_JWT_SECRET: "unused", ...variables };
    processGuard.watchCommand(this.#name, "docker", this.#arguments("down", "--volumes"), this.#env);
  }

  /** @throws with docker's own words. */
  async compose(...args: readonly string[]): Promise<void> {
    await run("docker", this.#arguments(...args), { env: this.#env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes");
    processGuard.forgetCommand(this.#name);
  }

  #arguments(...args: readonly string[]): string[] {
    return ["compose", "--project-name", this.#name, "--file", join(repositoryRoot, "docker-compose.yml"), ...args];
  }
}
