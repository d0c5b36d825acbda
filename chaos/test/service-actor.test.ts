import { eventually, testRedis } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { ServiceActor } from "../src/stage/service-actor.ts";

/** A dispatcher, which needs no more than a Redis, and the pids that it has had. */
function dispatcher(env: Record<string, string> = {}): { actor: ServiceActor; pids: () => number[] } {
  const { url, keyPrefix } = testRedis();
  const pids: number[] = [];
  const actor = new ServiceActor({
    title: "dispatcher-1",
    env: { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix, PORT: "0", ...env },
    log: (line) => {
      if (line.includes('"ready"')) pids.push((JSON.parse(line) as { pid: number }).pid);
    },
  });
  onTestFinished(() => actor[Symbol.asyncDispose]());
  return { actor, pids: () => pids };
}

describe("ServiceActor", { timeout: 120_000 }, () => {
  it("starts again what has ended by itself, and counts it", async () => {
    const { actor, pids } = dispatcher();
    await actor.start();
    const port = actor.port;
    process.kill(pids()[0] as number, "SIGKILL");
    await eventually(() => pids().length === 2 && actor.port !== undefined);
    expect(actor.port).not.toBe(port);
    expect(actor).toMatchObject({ crashes: 1, failedStarts: 0, uncleanStops: 0 });
  });

  it("leaves dead what was killed or stopped, until it is started", async () => {
    const { actor, pids } = dispatcher();
    await actor.start();
    await actor.kill();
    expect(actor.port).toBeUndefined();
    await actor.start();
    await actor.stop();
    expect(actor.port).toBeUndefined();
    expect(pids()).toHaveLength(2);
    expect(actor).toMatchObject({ crashes: 0, failedStarts: 0, uncleanStops: 0 });
  });
});
