import { deal, type Random, seededRandom } from "../random.ts";
import { COUPONS, DISPATCHERS, ISSUERS, LINKS, type Link, type ProcessTitle } from "../topology.ts";
import { type Fault, LINK_FAULTS, type LinkFault, PROCESS_FAULTS, type ProcessFault, type RowFault } from "./fault.ts";

/** One fault in so many ms, on average. */
const EVERY_MS = 2_000;
/** The rush is under way by then. */
const FIRST_AT_MS = 1_000;
/** By then the last fault has begun, so that most are over when the time is. */
const LAST_BEFORE_END_MS = 4_000;

/**
 * The faults of a run, in the order of their instants: a pure function of seed and duration.
 *
 * They are dealt like cards, each kind on each family of targets once before any comes again: 90 seconds see them all.
 */
export function makePlan(seed: number, seconds: number): Fault[] {
  const random = seededRandom(seed);
  const lastAtMs = Math.max(seconds * 1_000 - LAST_BEFORE_END_MS, FIRST_AT_MS);
  const count = Math.max(Math.floor((lastAtMs - FIRST_AT_MS) / EVERY_MS), 1);
  const instants = Array.from({ length: count }, () => random.between(FIRST_AT_MS, lastAtMs)).toSorted((a, b) => a - b);
  const dealt = deal(DECK, random);
  return instants.map((atMs, i) => dealt.next().value(random, { no: i + 1, atMs }));
}

type When = Pick<Fault, "no" | "atMs">;
type Card = (random: Random, when: When) => Fault;

const PROCESS_FAMILIES: readonly (readonly ProcessTitle[])[] = [
  COUPONS,
  DISPATCHERS,
  ISSUERS,
  ["order"],
  ["ranking"],
  ["redis"],
  ["mysql"],
];

const DECK: readonly Card[] = [
  ...PROCESS_FAMILIES.flatMap((family) => PROCESS_FAULTS.map((kind) => processCard(kind, family))),
  // The ways that coupons take, each kind of fault on each of them; the others have one card between them.
  ...[LINKS.redis, LINKS.mysql, LINKS.coupon, LINKS.dispatcher].flatMap((family) =>
    LINK_FAULTS.map((kind) => linkCard(kind, family)),
  ),
  ...LINK_FAULTS.map((kind) => linkCard(kind, [...LINKS.order, ...LINKS.neighbours, ...LINKS.operators])),
  rowCard,
];

/** For long enough to be refused one or another winner, whatever else is broken meanwhile. */
function rowCard(random: Random, when: When): RowFault {
  return { ...when, kind: "refuse-rows", target: "mysql", lastsMs: random.between(5_000, 15_000) };
}

function processCard(kind: ProcessFault["kind"], family: readonly ProcessTitle[]): Card {
  return (random, when) => ({ ...when, kind, target: random.pick(family), lastsMs: PROCESS_LASTS[kind](random) });
}

/** Frozen for less than a heartbeat, or for long enough to be taken for dead and come back. */
const PROCESS_LASTS: Record<ProcessFault["kind"], (random: Random) => number> = {
  kill: (random) => random.between(100, 3_000),
  freeze: (random) => random.between(300, 5_000),
  restart: () => 0,
};

function linkCard(kind: LinkFault["kind"], family: readonly Link[]): Card {
  return (random, when) => {
    const target = random.pick(family);
    switch (kind) {
      case "cut":
        return { ...when, kind, target, lastsMs: 0 };
      case "refuse":
        return { ...when, kind, target, lastsMs: random.between(300, 4_000) };
      case "delay":
        return { ...when, kind, target, lastsMs: random.between(1_000, 6_000), byMs: random.between(20, 500) };
      case "stall": {
        const lastsMs = random.between(500, 6_000);
        return { ...when, kind, target, lastsMs, direction: random.pick(["requests", "answers"] as const) };
      }
      default:
        return kind satisfies never;
    }
  };
}
