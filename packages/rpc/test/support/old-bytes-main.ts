// A server in a process of its own, whose parent asks how many bytes have got old since it last asked.
import { type GCProfilerResult, GCProfiler } from "node:v8";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { silentLogger } from "@firstcome/runtime";
import { startServer } from "../../src/index.ts";
import { coupons } from "./coupons.ts";

const services = [coupons({ issueCoupon: () => ({ outcome: IssueOutcome.SOLD_OUT }) })];
const server = await startServer({ name: "test", host: "127.0.0.1", port: 0, services, log: silentLogger });
let profiler = new GCProfiler();
profiler.start();
process.on("message", () => {
  process.send?.(gotOld(profiler.stop()));
  profiler = new GCProfiler();
  profiler.start();
});
process.send?.(server.address);

/** By how much young collections have filled the space of the old. */
function gotOld(profile: GCProfilerResult | undefined): number {
  const young = profile?.statistics.filter(({ gcType }) => gcType === "Scavenge") ?? [];
  return young.reduce((sum, { beforeGC, afterGC }) => sum + oldSpaceOf(afterGC) - oldSpaceOf(beforeGC), 0);
}

function oldSpaceOf({ heapSpaceStatistics }: GCProfilerResult["statistics"][number]["afterGC"]): number {
  return heapSpaceStatistics.find(({ spaceName }) => spaceName === "old_space")?.spaceUsedSize ?? Number.NaN;
}
