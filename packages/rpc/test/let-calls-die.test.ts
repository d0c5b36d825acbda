import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { CouponService } from "@firstcome/contracts/coupon";
import { expect, it, onTestFinished } from "vitest";
import { createClient, openChannel } from "../src/index.ts";

/** Some young collections: each call allocates some 20 kB. */
const CALLS = 3_200;
const AT_ONCE = 32;
/** What calls leave behind before the first full collections, which let go of it, they leave for ever without the mend. */
const MOST_ROUNDS = 30;
const FEW_BYTES = 300;
/** One alone may be low by chance without the mend, too: it was in one round of 60. */
const ROUNDS_IN_A_ROW = 3;

it("calls that are over do not get old", async () => {
  const server = startServerProcess();
  const channel = openChannel(await heard<string>(server), { defaultTimeoutMs: 60_000 });
  onTestFinished(() => channel.close());
  const client = createClient(CouponService, channel);
  const oldBytesPerCall: number[] = [];
  const roundsWithFew = (): number => oldBytesPerCall.length - 1 - oldBytesPerCall.findLastIndex(isMany);
  for (let round = 0; round < MOST_ROUNDS && roundsWithFew() < ROUNDS_IN_A_ROW; round += 1) {
    for (let asked = 0; asked < CALLS; asked += AT_ONCE) {
      const users = Array.from({ length: AT_ONCE }, (_, nth) => `user-${asked + nth}`);
      await Promise.all(users.map((userId) => client.issueCoupon({ couponId: "1", userId })));
    }
    const answer = heard<number>(server);
    server.send("how many bytes?");
    oldBytesPerCall.push((await answer) / CALLS);
  }
  expect(roundsWithFew(), `bytes a call: ${oldBytesPerCall.join(" ")}`).toBe(ROUNDS_IN_A_ROW);
});

function isMany(bytes: number): boolean {
  return !(bytes < FEW_BYTES);
}

/** With what services are started with. */
function startServerProcess(): ChildProcess {
  const main = new URL("./support/old-bytes-main.ts", import.meta.url);
  const server = fork(main, { execArgv: ["--no-allocation-site-pretenuring"], stdio: "inherit" });
  onTestFinished(() => void server.kill());
  return server;
}

async function heard<T>(server: ChildProcess): Promise<T> {
  const [message] = (await once(server, "message")) as [T];
  return message;
}
