import { startFirstcome } from "./src/contestants/firstcome/firstcome.ts";
import { runCoupon } from "./src/contestants/firstcome/run-coupon.ts";
import { startEcho } from "./src/contestants/echo/echo.ts";
import { measureLoad } from "./src/contestants/measured-load.ts";
import { Generator } from "./src/load/generator.ts";
await using fc = await startFirstcome(console.log);
await using echo = await startEcho();
await using gen = new Generator();
let first=0;
const runs = JSON.parse(process.argv[2] ?? "null") ?? [
 ["echo"],
 ["stream",4,{kind:"closed",asks:4,batch:256},60000],
 ["stream",4,{kind:"closed",asks:4,batch:256},150000],
 ["echo"],
 ["stream",4,{kind:"closed",asks:8,batch:128},150000],
 ["stream",4,{kind:"closed",asks:4,batch:1000},150000],
 ["unary",4,{kind:"closed",asks:256,batch:1},20000],
 ["echo"],
 ["unary",4,{kind:"closed",asks:256,batch:1},20000],
 ["stream",4,{kind:"open",perSecond:10000},30000],
];
for (const [method, connections, pace, users] of runs) {
  if (method==="echo") { const m=await measureLoad(echo, gen, {couponId:"1",first:0,users:20000,method:"unary",connections:4,pace:{kind:"closed",asks:256,batch:1}}); console.log("ECHO us", (m.cpu.get("echo")!*1e6/20000).toFixed(1), "gen", (m.done.generatorCpuSeconds*1e6/20000).toFixed(1)); continue; }
  const r = await runCoupon(fc, gen, {method, first, users, connections, pace});
  first += users;
  console.log(method, JSON.stringify(pace), "acc/s", Math.round(r.acceptedPerSecond), "com/s", Math.round(r.committedPerSecond), Object.entries(r.cpuUsPerCoupon.byProcess).map(([n,s])=>n+" "+s.toFixed(2)).join(", "), "total", r.cpuUsPerCoupon.total.toFixed(1), "gen", (r.done.generatorCpuSeconds*1e6/users).toFixed(2), "fail", r.done.failed, "ans p50/p99", r.done && (await import("./src/measure/histogram.ts")).percentilesOf(r.done.answers).p50,(await import("./src/measure/histogram.ts")).percentilesOf(r.done.answers).p99, "lag", r.issuedLagMs?.p50, r.issuedLagMs?.p99, r.violations);
}
