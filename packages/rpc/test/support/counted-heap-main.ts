// A server in a process of its own, whose parent asks how much memory it has after a collection. Wants --expose-gc.
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { silentLogger } from "@firstcome/runtime";
import { startServer } from "../../src/index.ts";
import { coupons } from "./coupons.ts";

const { gc } = globalThis;
if (!gc) throw new Error("started without --expose-gc");
const services = [coupons({ issueCoupon: () => ({ outcome: IssueOutcome.SOLD_OUT }) })];
const server = await startServer({ name: "test", host: "127.0.0.1", port: 0, services, log: silentLogger });
process.on("message", (kind: "minor" | "major") => {
  // Twice: what lives through two of them is old.
  for (let time = 0; time < 2; time += 1) gc({ type: kind, execution: "sync" });
  process.send?.(process.memoryUsage().heapUsed);
});
process.send?.(server.address);
