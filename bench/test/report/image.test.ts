import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImages } from "../../src/report/write-report.ts";
import { sampleResult } from "./sample-result.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bench-images-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("writeImages", () => {
  it("writes drawings that bring their own ground and colours, light and dark", async () => {
    const paths = await writeImages(sampleResult(), directory);
    expect(paths.map((path) => basename(path))).toEqual(["bench-cpu.svg", "bench-throughput.svg", "bench-latency.svg"]);
    for (const path of paths) {
      const svg = await readFile(path, "utf8");
      expect(svg).toMatch(/^<svg\s+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toContain("prefers-color-scheme:dark");
      expect(svg).toContain('fill="var(--ground)"');
      const used = new Set([...svg.matchAll(/var\(--([a-z]+)\)/g)].map(([, name]) => name));
      for (const name of used) expect(svg).toContain(`--${name}:#`);
    }
  });

  it("writes none of what was not measured", async () => {
    const curves = { latencyByLoad: {}, cpuByRate: {} };
    expect(await writeImages(sampleResult({ contestants: [], curves }), directory)).toEqual([]);
  });
});
