import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type ServiceProcess, startServiceFrom } from "../src/services/service-process.ts";

const main = fileURLToPath(new URL("fixtures/service.ts", import.meta.url));

describe("startService", () => {
  it("waits for the ready line and reads the addresses from it", async () => {
    await using service = await start({});
    expect({ address: service.address, metrics: service.metrics }).toEqual({
      address: "127.0.0.1:50051",
      metrics: "127.0.0.1:9464",
    });
    expect(service.lastLines.at(-1)).toContain('"msg":"ready"');
  });

  it("gives every line to the log", async () => {
    const lines: string[] = [];
    await using service = await start({}, (line) => lines.push(line));
    expect(lines).toEqual(service.lastLines);
    expect(lines).toEqual(["starting", expect.stringContaining("ready")]);
  });

  it("tells the last lines of a service that ends while it starts", async () => {
    await expect(start({ FIXTURE: "fail" })).rejects.toThrow(
      /ended while it started \(exit code 3\):\n {2}starting\n {2}no such database/,
    );
  });

  it("kills a service that is not ready in time", async () => {
    const failed = startServiceFrom(main, { name: "fixture", env: { FIXTURE: "hang" }, readyTimeoutMs: 300 });
    await expect(failed).rejects.toThrow(/not ready after 300 ms:\n {2}starting/);
  });

  it("stops a service that is not wanted any more while it starts", async () => {
    const unwanted = new AbortController();
    const log = (line: string): void => {
      if (line === "starting") unwanted.abort(new Error("not wanted any more"));
    };
    const { signal } = unwanted;
    const started = startServiceFrom(main, { name: "fixture", env: { FIXTURE: "hang" }, log, signal });
    await expect(started).rejects.toThrow("not wanted any more");
  });

  it("has no address when the service did not tell one", async () => {
    await using service = await start({ FIXTURE: "no-address" });
    expect(() => service.address).toThrow("the fixture service has no address");
  });
});

describe("a service process", () => {
  it("knows the pids of its workers beside its own", async () => {
    await using service = await start({ FIXTURE: "child" });
    const child = service.lastLines.find((line) => line.startsWith("child "));
    expect(service.pids).toEqual([service.pid, Number(child?.split(" ")[1])]);
  });

  it("ends orderly by SIGTERM", async () => {
    const service = await start({});
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.running).toBe(false);
    expect(service.lastLines.at(-1)).toBe("stopped");
  });

  it("ends at once by SIGKILL", async () => {
    const service = await start({});
    expect(await service.kill()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("is killed when it does not stop in time", async () => {
    const service = await start({ FIXTURE: "never-stop" });
    expect(await service.stop("SIGTERM", 100)).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("stops orderly even while it is frozen", async () => {
    const service = await start({});
    service.freeze();
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

async function start(env: Record<string, string>, log?: (line: string) => void): Promise<ServiceProcess> {
  return await startServiceFrom(main, { name: "fixture", env, ...(log && { log }) });
}
