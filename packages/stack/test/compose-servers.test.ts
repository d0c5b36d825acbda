import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createComposeServers } from "../src/servers/create-compose-servers.ts";

let directory: string;

/** A `docker` that writes down how it was called, since a Docker engine is the one thing that a test may not take for granted. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "firstcome-docker-"));
  await fakeDocker(`echo "$REDIS_PORT" > ${directory}/redis-port; echo "$@" >> ${directory}/calls`);
  vi.stubEnv("PATH", `${directory}:${process.env["PATH"]}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

describe("createComposeServers", () => {
  it("starts, stops, kills, freezes and removes containers of a project of its own", async () => {
    await using stack = new AsyncDisposableStack();
    const servers = await createComposeServers(["redis"], () => {}, stack);
    const redis = servers.get("redis");
    await redis?.start();
    await redis?.stop();
    await redis?.kill();
    await redis?.freeze();
    await redis?.thaw();
    expect(redis?.url).toBe(
      `redis://default:firstcome@127.0.0.1:${(await readFile(join(directory, "redis-port"), "utf8")).trim()}`,
    );
    await stack.disposeAsync();
    expect(await calls()).toEqual([
      "compose version",
      "info",
      "up --detach --wait redis",
      "stop redis",
      "kill redis",
      "pause redis",
      "unpause redis",
      "down --volumes",
    ]);
  });

  it("runs RabbitMQ, which the file has under a profile, and removes it with the rest", async () => {
    await fakeDocker(
      `echo "$COMPOSE_PROFILES $RABBITMQ_PORT" > ${directory}/redis-port; echo "$@" >> ${directory}/calls`,
    );
    await using stack = new AsyncDisposableStack();
    const servers = await createComposeServers(["rabbitmq"], () => {}, stack);
    const rabbitmq = servers.get("rabbitmq");
    await rabbitmq?.start();
    await stack.disposeAsync();
    const [profile, port] = (await readFile(join(directory, "redis-port"), "utf8")).trim().split(" ");
    expect([profile, rabbitmq?.url]).toEqual(["rabbitmq", `amqp://firstcome:firstcome@127.0.0.1:${port}`]);
    expect(await calls()).toEqual(["compose version", "info", "up --detach --wait rabbitmq", "down --volumes"]);
  });

  it("says what to install when no engine answers", async () => {
    await fakeDocker("exit 1");
    await using stack = new AsyncDisposableStack();
    await expect(createComposeServers(["redis", "mysql"], () => {}, stack)).rejects.toThrow(
      /Redis 7 and MariaDB or MySQL not found.*apt-get install redis-server mariadb-server.*Docker.*set REDIS_URL and MYSQL_URL/s,
    );
  });

  it("removes the containers when the run is killed", async () => {
    const run = spawn(
      process.execPath,
      [fileURLToPath(new URL("fixtures/start-container-and-wait.ts", import.meta.url))],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    await once(run.stdout, "data");
    run.kill("SIGKILL");
    await vi.waitFor(async () => expect(await calls()).toContain("down --volumes"), { timeout: 10_000 });
  });
});

async function fakeDocker(script: string): Promise<void> {
  await writeFile(join(directory, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** What docker was asked, without the name of the project and of the file. */
async function calls(): Promise<string[]> {
  const lines = (await readFile(join(directory, "calls"), "utf8")).trim().split("\n");
  return lines.map((line) => line.replace(/^compose --project-name firstcome-\w+ --file \S+docker-compose\.yml /, ""));
}
