import { describe, expect, it } from "vitest";
import { ask, metric, request, SeveralProcesses } from "../support/several-processes.ts";

describe("a service of several processes", () => {
  it("says once that it is ready, and serves one port from all of them", async () => {
    const service = new SeveralProcesses("well");
    const { address, workers } = await service.ready();

    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`http://${address}`)));

    expect(new Set(answers.map(Number))).toEqual(new Set(workers));
    expect(workers).not.toContain(service.pid);
    expect(service.said).toEqual(["primary: a worker is up", "primary: a worker is up", "primary: ready"]);
  });

  it("stops as one: requests under way finish, every process ends by itself, exit code 0", async () => {
    const service = new SeveralProcesses("well");
    const { address, workers } = await service.ready();
    const begun = Promise.withResolvers<void>();
    let toBegin = 4;
    const onBegun = (): void => void (--toBegin === 0 && begun.resolve());
    const underWay = Array.from({ length: 4 }, () => request(`http://${address}/until-stop`, onBegun));
    await begun.promise;

    process.kill(service.pid, "SIGTERM");

    const answers = await Promise.all(underWay);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(workers.map((pid) => `begun ${pid}`)));
    expect(await service.exited).toBe(0);
    await service.allEnded;
    const stops = service.said.filter((line) => line.endsWith("stopped"));
    expect(stops).toEqual(["worker: stopped", "worker: stopped", "primary: stopped"]);
  });

  it("does so too when a terminal signals all of them at once, and again", async () => {
    const service = new SeveralProcesses("well");
    await service.ready();
    service.signalGroup("SIGINT");
    service.signalGroup("SIGINT");
    expect(await service.exited).toBe(0);
    expect(service.said.filter((line) => line.endsWith("stopping"))).toHaveLength(3);
  });

  it("stops when it is told to while its processes start", async () => {
    const service = new SeveralProcesses("well");
    await service.says("a worker is up");
    process.kill(service.pid, "SIGTERM");
    expect(await service.exited).toBe(0);
    expect(service.said).not.toContain("primary: ready");
  });

  it("kills a process that hangs when the time for its stop is up, and exits 1", async () => {
    const service = new SeveralProcesses("well", { STOP_TIMEOUT_MS: "100" });
    const [hanging] = (await service.ready()).workers;
    process.kill(hanging as number, "SIGSTOP");
    process.kill(service.pid, "SIGTERM");
    expect(await service.exited).toBe(1);
    await service.allEnded;
    expect(service.said.at(-1)).toBe("primary: the stop failed");
  });

  it("exits 1 when a process does not stop in time", async () => {
    const service = new SeveralProcesses("never-stops", { STOP_TIMEOUT_MS: "100" });
    await service.ready();
    process.kill(service.pid, "SIGTERM");
    expect(await service.exited).toBe(1);
    expect(service.said).toContain("worker: the stop took too long; ending all the same");
  });

  it("leaves no process behind when the primary is killed; requests under way finish", async () => {
    const service = new SeveralProcesses("well");
    const { address } = await service.ready();
    const begun = Promise.withResolvers<void>();
    const underWay = request(`http://${address}/until-stop`, begun.resolve);
    await begun.promise;

    process.kill(service.pid, "SIGKILL");

    expect(await underWay).toMatchObject({ status: 200, text: expect.stringMatching(/^begun \d+$/) });
    await service.allEnded;
    expect(service.said.filter((line) => line === "worker: stopped")).toHaveLength(2);
  });
});

describe("a process of several", () => {
  it("is replaced when it is killed, while the others serve", async () => {
    const service = new SeveralProcesses("well");
    const { address, workers } = await service.ready();
    const [killed, other] = workers as [number, number];
    process.kill(killed, "SIGKILL");
    await service.says("a worker ended; another will take its place");
    expect(Number(await ask(`http://${address}`))).toBe(other);

    const [, , replacement] = await service.says("a worker is up", 3);

    expect(replacement).toMatchObject({ worker: 1, workerPid: expect.not.toBeOneOf([killed, other]) });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`http://${address}`)));
    expect(new Set(answers.map(Number))).toEqual(new Set([other, replacement?.["workerPid"]]));
  });

  it("comes back at the same port when all of them were killed", async () => {
    const service = new SeveralProcesses("well");
    const { address, workers } = await service.ready();
    for (const pid of workers) process.kill(pid, "SIGKILL");

    const up = await service.says("a worker is up", 4);

    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`http://${address}`)));
    expect(new Set(answers.map(Number))).toEqual(new Set(up.slice(2).map(({ workerPid }) => workerPid)));
  });

  it("ends the service when it was given another port, since nobody would find it there", async () => {
    const service = new SeveralProcesses("once-elsewhere");
    const [killed] = (await service.ready()).workers;
    process.kill(killed as number, "SIGKILL");
    expect(await service.exited).toBe(1);
    expect(service.said).toContain("primary: the service is lost");
  });

  it("may be stopped alone, and is replaced", async () => {
    const service = new SeveralProcesses("well");
    const [stopped] = (await service.ready()).workers;
    process.kill(stopped as number, "SIGTERM");
    await service.says("a worker is up", 3);
    const [ended] = await service.says("a worker ended; another will take its place");
    expect(ended).toMatchObject({ level: "warn", workerPid: stopped, code: 0 });
  });

  it("that cannot start keeps the service from starting, and the reason is said once", async () => {
    const service = new SeveralProcesses("all-fail");
    expect(await service.exited).toBe(1);
    await service.allEnded;
    expect(service.said).toEqual(["worker: the service could not start", "primary: the service could not start"]);
  });

  it("that cannot start takes those down that could", async () => {
    const service = new SeveralProcesses("second-fails");
    expect(await service.exited).toBe(1);
    await service.allEnded;
    expect(service.said).toContain("worker: stopped");
    expect(service.said.at(-1)).toBe("primary: the service could not start");
  });

  it("is given up when it and its kind keep dying and none is left", async () => {
    const service = new SeveralProcesses("not-again");
    for (const pid of (await service.ready()).workers) process.kill(pid, "SIGKILL");
    expect(await service.exited).toBe(1);
    expect(service.lines).toContainEqual(
      expect.objectContaining({
        msg: "the service is lost",
        err: expect.objectContaining({ message: "workers keep ending, the last one with exit code 1" }),
      }),
    );
  });
});

describe("the configuration of several processes", () => {
  it("is read before any of them starts, and what is wrong is said once", async () => {
    const service = new SeveralProcesses("well", { PORT: "http", STOP_TIMEOUT_MS: "soon" });
    expect(await service.exited).toBe(1);
    await service.allEnded;
    expect(service.lines).toMatchObject([
      { pid: service.pid, problems: ["PORT: must be a port number", expect.stringContaining("STOP_TIMEOUT_MS")] },
    ]);
  });
});

describe("the metrics of several processes", () => {
  it("are sums, or what an aggregator says, and do not go back when a process ends", async () => {
    const service = new SeveralProcesses("well");
    const { address, metrics, workers } = await service.ready();
    await Promise.all(Array.from({ length: 10 }, () => ask(`http://${address}`)));

    expect(await metric(metrics, "fixture_requests_total")).toBe(10);
    expect(await metric(metrics, "fixture_one")).toBe(2);
    expect(await metric(metrics, "fixture_number")).toBe(2);
    expect(await metric(metrics, "fixture_unknown")).toBeNaN();
    expect(await metric(metrics, "firstcome_worker_processes_up")).toBe(2);
    expect(await metric(metrics, "process_cpu_seconds_total")).toBeGreaterThan(0);

    process.kill(workers[1] as number, "SIGKILL");
    await service.says("a worker ended; another will take its place");
    expect(await metric(metrics, "fixture_requests_total")).toBe(10);
    expect(await metric(metrics, "firstcome_worker_process_deaths_total")).toBe(1);
    await service.says("a worker is up", 3);
    await ask(`http://${address}`);
    expect(await metric(metrics, "fixture_requests_total")).toBe(11);
    expect(await metric(metrics, "fixture_one")).toBe(2);
  });

  it("are told while a process hangs, which counts with what it said last and is not healthy", async () => {
    const service = new SeveralProcesses("well");
    const { address, metrics, workers } = await service.ready();
    await Promise.all(Array.from({ length: 4 }, () => ask(`http://${address}`)));
    expect(await metric(metrics, "fixture_requests_total")).toBe(4);
    expect(await request(`http://${metrics}/healthz`)).toMatchObject({ status: 200 });

    process.kill(workers[0] as number, "SIGSTOP");
    const [requests, one, health] = await Promise.all([
      metric(metrics, "fixture_requests_total"),
      metric(metrics, "fixture_one"),
      request(`http://${metrics}/healthz`),
    ]);
    expect({ requests, one, health: health.status }).toEqual({ requests: 4, one: 1, health: 503 });

    process.kill(workers[0] as number, "SIGCONT");
    expect(await request(`http://${metrics}/healthz`)).toMatchObject({ status: 200 });
  });

  it("say of the service that it is healthy when all of its processes are", async () => {
    const service = new SeveralProcesses("well");
    const { address, metrics } = await service.ready();
    await ask(`http://${address}/sicken`);
    expect(await request(`http://${metrics}/healthz`)).toMatchObject({ status: 503 });
  });
});
