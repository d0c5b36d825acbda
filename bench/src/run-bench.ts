import { measureCurves, type Peaks } from "./contestants/curves.ts";
import { startEcho } from "./contestants/echo/echo.ts";
import { brokenPromisesOf } from "./contestants/firstcome-gate/broken-promises.ts";
import { firstcomeGate } from "./contestants/firstcome-gate/contestant.ts";
import { startFirstcome } from "./contestants/firstcome/firstcome.ts";
import type { PromiseListener } from "./contestants/firstcome/hold-promises.ts";
import { runStreamRounds } from "./contestants/stream-rounds.ts";
import { runUnaryRounds } from "./contestants/unary-rounds.ts";
import { Generator } from "./load/generator.ts";
import { describeMachine } from "./machine.ts";
import type { MicroResults } from "./micro/micro-results.ts";
import { MICRO_PLANS, runMicro } from "./micro/run-micro.ts";
import type { Options } from "./options.ts";
import type { Peer } from "./peers/peer.ts";
import { peers } from "./peers/peers.ts";
import { runPeer } from "./peers/run-peer.ts";
import { type Plan, planOf } from "./plan.ts";
import { ceilingsOf, type MeasuredRatios, ratiosOf, targetsOf } from "./ratios.ts";
import { type BenchResult, type ContestantResult, type Curves, RESULT_VERSION } from "./result.ts";
import { openServers } from "./servers.ts";
import { slownessOf } from "./slowness.ts";
import { TimeBudget } from "./time-budget.ts";

/** What `--only` may name: each peer, and these parts. */
export const PART_NAMES = ["unary", "stream", "curves", "micro"] as const;
export const NAMES: readonly string[] = [...PART_NAMES, firstcomeGate.name, ...peers.map(({ name }) => name)];

type Say = (line: string) => void;

/** Everything, one after the other. What fails is noted, and the rest goes on. */
export async function runBench({ mode, only }: Pick<Options, "mode" | "only">, say: Say): Promise<BenchResult> {
  const startedAt = new Date();
  const plan = planOf(mode);
  const budget = new TimeBudget(plan.budgetMs);
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const collected = new Collected(say);
  const stand = { say, listener: collected };
  const chosenPeers = [firstcomeGate, ...peers].filter(({ name }) => wanted(name));
  const machine = await describeMachine(
    chosenPeers.some(({ needs }) => needs.includes("rabbitmq")),
    say,
  );

  const letPeersRun = async (some: readonly Peer[]): Promise<void> => {
    for (const peer of some) {
      await collected.part(peer.name, async () => {
        const { windows, warmUpShare } = plan.peers;
        const users = Math.round(peer.users[mode] / slownessOf(collected.peaks.echo));
        const warmUpUsers = Math.round(peer.users[mode] * warmUpShare);
        const contestant = await runPeer(peer, { users, windows, warmUpUsers, say });
        say(describePeer(contestant));
        if (peer === firstcomeGate) {
          for (const violation of brokenPromisesOf(contestant)) collected.onViolation(violation);
        }
        return { contestants: [contestant] };
      });
    }
  };

  if (wanted("unary")) await collected.part("unary", () => unaryPart(plan, stand));
  // The stream runs amid those that its cost is held against: a machine's speed drifts in minutes, the more the further apart.
  const half = chosenPeers.length >> 1;
  await letPeersRun(chosenPeers.slice(0, half));
  if (wanted("stream")) await collected.part("stream", () => streamPart(plan, collected.peaks, stand));
  await letPeersRun(chosenPeers.slice(half));
  if (wanted("micro")) await collected.part("micro", () => microPart(mode, say));
  if (wanted("curves")) await collected.part("curves", () => curvesPart(plan, collected.peaks, budget, stand));

  const { contestants, failed, curves, micro, couponsHeld, violations } = collected;
  const ratios = ratiosOf(collected.ratios, contestants, micro);
  return {
    version: RESULT_VERSION,
    startedAt: startedAt.toISOString(),
    mode,
    seconds: budget.spentMs / 1_000,
    machine,
    contestants,
    failed,
    curves,
    ...(micro === undefined ? {} : { micro }),
    ratios,
    targets: targetsOf(ratios),
    ceilings: ceilingsOf(contestants),
    couponsHeld,
    violations,
  };
}

/** What a part of the bench gives. */
interface PartResults {
  readonly contestants?: readonly ContestantResult[];
  readonly ratios?: MeasuredRatios;
  readonly curves?: Curves;
  readonly micro?: MicroResults;
}

/** What the parts have given so far. */
class Collected implements PromiseListener {
  readonly contestants: ContestantResult[] = [];
  readonly failed: { name: string; why: string }[] = [];
  readonly violations: string[] = [];
  readonly #say: Say;
  ratios: MeasuredRatios = {};
  curves: Curves = { latencyByLoad: {}, cpuByRate: {} };
  micro: MicroResults | undefined;
  couponsHeld = 0;

  constructor(say: Say) {
    this.#say = say;
  }

  /** Undefined for what was not measured. */
  get peaks(): Peaks {
    const find = (name: string): number | undefined =>
      this.contestants.find((contestant) => contestant.name === name)?.acceptedPerSecond;
    return { echo: find("echo"), unary: find("firstcome-unary"), stream: this.#streamPeak() };
  }

  readonly onHeld = (): void => {
    this.couponsHeld += 1;
  };

  readonly onViolation = (violation: string): void => {
    this.violations.push(violation);
    this.#say(`BROKEN ${violation}`);
  };

  async part(name: string, run: () => Promise<PartResults>): Promise<void> {
    this.#say(`${name} …`);
    try {
      const { contestants = [], ratios = {}, curves, micro } = await run();
      this.contestants.push(...contestants);
      this.ratios = { ...this.ratios, ...ratios };
      this.curves = curves ?? this.curves;
      this.micro = micro ?? this.micro;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.failed.push({ name, why });
      this.#say(`${name} failed: ${error instanceof Error ? error.stack : why}`);
    }
  }

  /** What the whole way keeps up with, not only the gate. */
  #streamPeak(): number | undefined {
    return this.contestants.find(({ name }) => name === "firstcome-stream")?.committedPerSecond;
  }
}

/** What Firstcome's parts say, and whom they tell of broken promises. */
interface StandOptions {
  readonly say: Say;
  readonly listener: PromiseListener;
}

async function unaryPart(plan: Plan, options: StandOptions): Promise<PartResults> {
  await using stand = await standOf(options);
  return await runUnaryRounds(stand, plan.unary, options.say);
}

async function streamPart(plan: Plan, { echo }: Peaks, options: StandOptions): Promise<PartResults> {
  await using stand = await standOf(options);
  const { rounds, users } = plan.stream;
  const stream = { ...plan.stream, users: Math.round(users / slownessOf(echo)) };
  const warmUpUsers = Math.round(rounds * users * plan.peers.warmUpShare);
  return await runStreamRounds(stand, { ...plan, stream, warmUpUsers }, options.say);
}

async function curvesPart(plan: Plan, peaks: Peaks, budget: TimeBudget, options: StandOptions): Promise<PartResults> {
  await using stand = await standOf(options);
  return { curves: await measureCurves(stand, { peaks, plan: plan.curves, budget }, options.say) };
}

async function microPart(mode: Options["mode"], say: Say): Promise<PartResults> {
  await using servers = await openServers(["redis", "mysql"], say);
  return { micro: await runMicro(servers, MICRO_PLANS[mode], say) };
}

async function standOf({ say, listener }: StandOptions) {
  await using starting = new AsyncDisposableStack();
  const generator = starting.use(new Generator());
  const echo = starting.use(await startEcho());
  const firstcome = starting.use(await startFirstcome(say, listener));
  const standing = starting.move();
  return { echo, firstcome, generator, [Symbol.asyncDispose]: () => standing.disposeAsync() };
}

function describePeer({ acceptedPerSecond, committedPerSecond, cpuUsPerCoupon }: ContestantResult): string {
  const committed = committedPerSecond === undefined ? "" : `, ${Math.round(committedPerSecond)} committed/s`;
  return `  ${Math.round(acceptedPerSecond)} accepted/s${committed}, ${cpuUsPerCoupon.total.toFixed(1)} µs a coupon`;
}
