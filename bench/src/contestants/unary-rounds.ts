import { IssueOutcome } from "@firstcome/contracts/coupon";
import type { Generator } from "../load/generator.ts";
import type { LoadOrder } from "../load/orders.ts";
import { median } from "../measure/median.ts";
import { CONNECTIONS, type Plan } from "../plan.ts";
import type { ContestantResult } from "../result.ts";
import { answerEntry, couponEntry, cpuOfAnswerIn } from "./entry.ts";
import type { Firstcome } from "./firstcome/firstcome.ts";
import { holdPromises, numbersTold } from "./firstcome/hold-promises.ts";
import { type CouponRun, runCoupon } from "./firstcome/run-coupon.ts";
import type { Front } from "./front.ts";
import { measureLoad, type MeasuredLoad } from "./measured-load.ts";

export interface UnaryResults {
  readonly contestants: readonly ContestantResult[];
  readonly ratios: { readonly unaryCpuVsEcho: number; readonly soldOutCpuVsEcho: number };
}

/** More than can be served in a round; time ends it. */
const PLENTY = 400_000;
/** Node still compiles the way of a call after 20 000 of them, which shows as half as much again in each. */
const WARM_UP_MS = 6_000;
/** Sold before the rounds: what is asked of afterwards has none left. */
const SOLD = 1_000;
/** A coupon that is sold out is finished by a job when all its rows are there, which may be in the middle of the rounds. */
const LOSING = [IssueOutcome.SOLD_OUT, IssueOutcome.FINISHED];

/**
 * IssueCoupon on the bare server, on Firstcome, and on Firstcome when all is sold, by turns: a machine that is slower for a while is
 * slower for all three, and the ratio of a round is of that round alone.
 */
export async function runUnaryRounds(
  { echo, firstcome, generator }: { echo: Front; firstcome: Firstcome; generator: Generator },
  { rounds, roundMs, callers }: Plan["unary"],
  say: (line: string) => void,
): Promise<UnaryResults> {
  let first = 0;
  const orderOf = (ms: number): Omit<LoadOrder, "address" | "couponId"> => {
    const order = { first, users: PLENTY, connections: CONNECTIONS, method: "unary" } as const;
    first += PLENTY;
    return { ...order, pace: { kind: "closed", asks: callers, batch: 1, atMostMs: ms } };
  };
  const soldOut = await sellOut(firstcome, generator, first, callers);
  first += SOLD;
  const askEcho = (ms: number) => measureLoad(echo, generator, { ...orderOf(ms), couponId: "1" });
  const askSoldOut = (ms: number) => measureLoad(firstcome, generator, { ...orderOf(ms), couponId: soldOut.couponId });

  await askEcho(WARM_UP_MS);
  const warmUp = await runCoupon(firstcome, generator, orderOf(WARM_UP_MS));
  await askSoldOut(WARM_UP_MS);

  const echoes: MeasuredLoad[] = [];
  const coupons: CouponRun[] = [];
  const losers: MeasuredLoad[] = [];
  for (let round = 1; round <= rounds; round++) {
    echoes.push(await askEcho(roundMs));
    coupons.push(await runCoupon(firstcome, generator, orderOf(roundMs)));
    losers.push(await askSoldOut(roundMs));
    say(`unary, round ${round} of ${rounds}: ${describe(echoes.at(-1), coupons.at(-1), losers.at(-1))}`);
  }
  await soldOut.hold();

  const entrant = { warmUpUsers: warmUp.done.asked, setting: `${callers} callers, ${CONNECTIONS} connections` };
  const ratioIn = (loads: readonly MeasuredLoad[]): number =>
    median(loads.map((load, i) => cpuOfAnswerIn("coupon", load) / cpuOfAnswerIn("echo", echoes[i] as MeasuredLoad)));
  return {
    contestants: [
      answerEntry({ ...entrant, name: "echo", title: "bare grpc-js, unary: the limit of single calls" }, echoes),
      couponEntry({ ...entrant, name: "firstcome-unary", title: "Firstcome, IssueCoupon" }, coupons),
      answerEntry(
        { ...entrant, name: "firstcome-sold-out", title: "Firstcome, IssueCoupon, after sell-out" },
        losers,
        LOSING,
      ),
    ],
    ratios: { unaryCpuVsEcho: ratioIn(coupons), soldOutCpuVsEcho: ratioIn(losers) },
  };
}

async function sellOut(
  firstcome: Firstcome,
  generator: Generator,
  first: number,
  callers: number,
): Promise<{ couponId: string; hold: () => Promise<void> }> {
  const couponId = await firstcome.openCoupon(SOLD);
  const { done } = await measureLoad(firstcome, generator, {
    couponId,
    first,
    users: SOLD,
    connections: CONNECTIONS,
    method: "unary",
    pace: { kind: "closed", asks: callers, batch: 1 },
  });
  return {
    couponId,
    async hold() {
      await holdPromises(firstcome, { couponId, quantity: SOLD, told: numbersTold(first, done) });
    },
  };
}

function describe(...[echo, coupon, sold]: (MeasuredLoad | undefined)[]): string {
  return `echo ${us("echo", echo)} µs, coupon service ${us("coupon", coupon)} µs, sold out ${us("coupon", sold)} µs`;
}

function us(process: string, load: MeasuredLoad | undefined): string {
  return load === undefined ? "?" : cpuOfAnswerIn(process, load).toFixed(1);
}
