import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchResult } from "../result.ts";
import { cpuChart, magnifiedCpuChart, throughputChart, wholeWay } from "./charts/contestant-charts.ts";
import { latencyChart } from "./charts/curve-charts.ts";
import { renderImage } from "./image.ts";
import { renderPage } from "./page.ts";

/** Writes `index.html` and returns its path. */
export async function writeReport(result: BenchResult, directory: string): Promise<string> {
  return await write(directory, "index.html", renderPage(result));
}

/** Writes the drawings for the README, those that the result has figures for, and returns their paths. */
export async function writeImages(result: BenchResult, directory: string): Promise<string[]> {
  const { contestants, curves } = result;
  const whole = wholeWay(contestants);
  const paths: string[] = [];
  if (whole.length > 0) {
    const magnified = magnifiedCpuChart(whole);
    const cpu = [
      cpuChart("CPU of one coupon, from the call to the committed row", "coupon", whole),
      ...(magnified ? [magnified] : []),
    ];
    paths.push(await write(directory, "bench-cpu.svg", renderImage(cpu)));
    const throughput = throughputChart("Coupons per second, from the call to the committed row", whole);
    paths.push(await write(directory, "bench-throughput.svg", renderImage([throughput])));
  }
  if (Object.keys(curves.latencyByLoad).length > 0) {
    paths.push(await write(directory, "bench-latency.svg", renderImage([latencyChart(curves.latencyByLoad)])));
  }
  return paths;
}

async function write(directory: string, name: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}
