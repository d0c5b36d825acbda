import { describe, expect, it } from "vitest";
import { SupervisedProcess } from "../src/processes/supervised-process.ts";
import { EndedEarlyError, waitUntilReady } from "../src/servers/wait-until-ready.ts";

const neverAnswers = (): Promise<boolean> => Promise.withResolvers<boolean>().promise;

function run(script: string): Promise<SupervisedProcess> {
  return SupervisedProcess.spawn({ program: process.execPath, args: ["-e", script] });
}

describe("waitUntilReady", () => {
  it("gives a server up that neither answers a probe nor refuses it, and kills it", async () => {
    const server = await run("setInterval(() => {}, 1_000)");
    await expect(waitUntilReady("it", server, neverAnswers, 100)).rejects.toThrow("it was not ready after 100 ms");
    expect(server.running).toBe(false);
  });

  it("does not wait for a probe of a server that has ended", async () => {
    const server = await run("console.log('no port'); process.exit(3)");
    await expect(waitUntilReady("it", server, neverAnswers, 60_000)).rejects.toThrow(EndedEarlyError);
  });
});
