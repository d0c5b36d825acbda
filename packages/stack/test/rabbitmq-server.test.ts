import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { startRabbitmq } from "@firstcome/stack";
import { describe, expect, it } from "vitest";
import { processIdentity } from "../src/processes/process-identity.ts";
import { rabbitmqClusterName } from "../src/servers/rabbitmq-probe.ts";
import { RabbitmqServer } from "../src/servers/rabbitmq-server.ts";
import { RunDirectory } from "../src/servers/run-directory.ts";
import { obtainServerPrograms } from "../src/servers/server-programs.ts";

// Nothing of Firstcome needs RabbitMQ: a machine that has none and may not install it goes without these tests.
const { rabbitmq: program } = await obtainServerPrograms(["rabbitmq"], (line) => console.log(line));

describe("a private RabbitMQ", () => {
  it.skipIf(program === undefined)(
    "is the same node on the same port after SIGKILL, and leaves nothing running",
    { timeout: 90_000 },
    async () => {
      if (program === undefined) return;
      await using directory = await RunDirectory.open();
      await using rabbitmq = new RabbitmqServer(program, directory);
      await rabbitmq.start();
      const { url, port, pid } = rabbitmq;
      const node = await rabbitmqClusterName(port);
      if (process.platform === "linux") expect(listeningAddresses(pid)).toEqual(["127.0.0.1"]);

      await rabbitmq.kill();
      await expect(rabbitmqClusterName(port)).rejects.toThrow(/ECONNREFUSED/);
      await rabbitmq.start();
      expect([rabbitmq.url, await rabbitmqClusterName(port)]).toEqual([url, node]);

      // The node, and the name server that it would otherwise have started and left behind.
      const pids = recordedProcesses(directory.path);
      expect(pids).toHaveLength(2);
      await rabbitmq[Symbol.asyncDispose]();
      expect(pids.map(processIdentity)).toEqual([undefined, undefined]);
    },
  );
});

describe("startRabbitmq", () => {
  it("uses the server that the environment names, and starts none", async () => {
    await using given = await startRabbitmq({ env: { AMQP_URL: "amqp://elsewhere:5672" } });
    expect(given).toMatchObject({ amqpUrl: "amqp://elsewhere:5672" });
    expect(given.rabbitmq).toBeUndefined();
  });
});

function recordedProcesses(directory: string): number[] {
  return readdirSync(directory).flatMap((name) => /^process-(\d+)\.json$/.exec(name)?.slice(1).map(Number) ?? []);
}

/** The IPv4 addresses on which a process listens, of the sockets that the kernel lists for its network. */
function listeningAddresses(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.slice(1) ?? [];
      } catch {
        // Closed meanwhile.
        return [];
      }
    }),
  );
  const listening = readFileSync(`/proc/${pid}/net/tcp`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && sockets.has(fields[9] ?? ""));
  return [...new Set(listening.map((fields) => addressOf(fields[1] ?? "")))];
}

/** "0100007F:1234", in the byte order of the machine, which is little-endian. */
function addressOf(local: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(local.slice(at, at + 2), 16)).join(".");
}
