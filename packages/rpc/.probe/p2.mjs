import { fork } from "node:child_process";
import { once } from "node:events";
import { openChannel, createClient } from "../src/index.ts";
import { CouponService } from "@firstcome/contracts/coupon";
const child = fork(new URL("server.mjs", import.meta.url));
const [address] = await once(child, "message");
const clients = [];
for (let i = 0; i < 4; i++) { const ch = openChannel(address, { retry: false, defaultTimeoutMs: 20000 }); await ch.connect(5000); clients.push(createClient(CouponService, ch)); }
const ask = (c) => c.issueCoupon({ couponId: "1", userId: "mina" }).then(() => "ok", (e) => e.reason);
const tell = async (name, out) => { child.send("?"); const [{ most }] = await once(child, "message"); console.log(name, "maxCalls 500, worked on at once:", most, JSON.stringify(out)); };
const out = {}; const count = (r) => (out[r] = (out[r] ?? 0) + 1);
(await Promise.all(clients.flatMap((c) => Array.from({ length: 1000 }, () => ask(c))))).forEach(count);
await tell("burst of 4 x 1000:", out);
for (const k in out) delete out[k];
const until = Date.now() + 2500;
await Promise.all(clients.flatMap((c) => Array.from({ length: 500 }, async () => { while (Date.now() < until) { const r = await ask(c); count(r); if (r !== "ok") await new Promise((d) => setTimeout(d, 100 + 200 * Math.random())); } })));
await tell("closed loop of 4 x 500, 2.5 s:", out);
process.exit(0);
