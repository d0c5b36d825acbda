import type { Generator } from "../load/generator.ts";
import type { LoadOrder } from "../load/orders.ts";
import { median } from "../measure/median.ts";
import { CONNECTIONS, type Plan } from "../plan.ts";
import type { ContestantResult } from "../result.ts";
import { answerEntry, couponEntry, cpuOfAnswerIn } from "./entry.ts";
import type { Firstcome } from "./firstcome/firstcome.ts";
import { type CouponRun, runCoupon } from "./firstcome/run-coupon.ts";
import type { Front } from "./front.ts";
import { measureLoad, type MeasuredLoad } from "./measured-load.ts";

export interface StreamResults {
  readonly contestants: readonly ContestantResult[];
  readonly ratios: { readonly streamVsEcho: number; readonly issuedLagP99Ms: number };
}

const PLENTY = 4_000_000;
const WARM_UP_ECHO_MS = 1_000;

/**
 * IssueCoupons on Firstcome at its peak, beside the bare server by single calls and by the same batches; then at half that peak, for
 * the lag.
 */
export async function runStreamRounds(
  { echo, firstcome, generator }: { echo: Front; firstcome: Firstcome; generator: Generator },
  { stream, lagMs, unary, warmUpUsers }: Plan & { readonly warmUpUsers: number },
  say: (line: string) => void,
): Promise<StreamResults> {
  const { rounds, users, batches, batch, echoMs } = stream;
  let first = 0;
  const orderOf = (asking: number, pace: LoadOrder["pace"], method: LoadOrder["method"] = "stream") => {
    const order = { first, users: asking, connections: CONNECTIONS, method, pace };
    first += asking;
    return order;
  };
  const inBatches = { kind: "closed", asks: batches, batch } as const;
  const askEcho = (ms: number) =>
    measureLoad(echo, generator, {
      couponId: "1",
      ...orderOf(PLENTY, { kind: "closed", asks: unary.callers, batch: 1, atMostMs: ms }, "unary"),
    });
  const askEchoStream = (ms: number) =>
    measureLoad(echo, generator, { couponId: "1", ...orderOf(PLENTY, { ...inBatches, atMostMs: ms }) });

  await askEcho(WARM_UP_ECHO_MS);
  await askEchoStream(WARM_UP_ECHO_MS);
  await runCoupon(firstcome, generator, orderOf(warmUpUsers, inBatches));

  const echoes: MeasuredLoad[] = [];
  const echoStreams: MeasuredLoad[] = [];
  const coupons: CouponRun[] = [];
  for (let round = 1; round <= rounds; round++) {
    echoes.push(await askEcho(echoMs));
    echoStreams.push(await askEchoStream(echoMs));
    const coupon = await runCoupon(firstcome, generator, orderOf(users, inBatches));
    coupons.push(coupon);
    say(`stream, round ${round} of ${rounds}: ${describe(coupon)}`);
  }
  const perSecond = halfOfPeak(coupons);
  const half = await runCoupon(
    firstcome,
    generator,
    orderOf(Math.round((perSecond * lagMs) / 1_000), { kind: "open", perSecond }),
    { watchLag: true },
  );
  const issuedLagP99Ms = half.issuedLagMs?.p99 ?? Number.NaN;
  say(`stream at half the peak, ${perSecond}/s: rows after ${Math.round(issuedLagP99Ms)} ms (p99)`);

  const setting = `${batches} batches of ${batch} under way, ${CONNECTIONS} connections`;
  const entrant = { warmUpUsers, setting };
  return {
    contestants: [
      answerEntry(
        { ...entrant, name: "echo-stream", title: "bare grpc-js, the same batches: the limit of the stream" },
        echoStreams,
      ),
      couponEntry({ ...entrant, name: "firstcome-stream", title: "Firstcome, IssueCoupons" }, coupons),
    ],
    ratios: {
      streamVsEcho: median(coupons.map((coupon, i) => answersPerEcho(coupon, echoes[i] as MeasuredLoad))),
      issuedLagP99Ms,
    },
  };
}

/** Coupons a second. */
function halfOfPeak(coupons: readonly CouponRun[]): number {
  const peak = median(coupons.map(({ committedPerSecond }) => committedPerSecond));
  const half = Math.round(peak / 2);
  if (half === 0) throw new Error("no rows were committed");
  return half;
}

/** How many answers the coupon service gives for the CPU of one of the bare server's. */
function answersPerEcho(coupon: CouponRun, echo: MeasuredLoad): number {
  return cpuOfAnswerIn("echo", echo) / cpuOfAnswerIn("coupon", coupon);
}

function describe({ acceptedPerSecond, committedPerSecond, cpuUsPerCoupon }: CouponRun): string {
  const accepted = `${Math.round(acceptedPerSecond)} accepted/s`;
  return `${accepted}, ${Math.round(committedPerSecond)} committed/s, ${cpuUsPerCoupon.total.toFixed(1)} µs a coupon`;
}
