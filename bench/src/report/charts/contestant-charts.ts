import type { ContestantResult } from "../../result.ts";
import { figure, short } from "../figures.ts";
import { type Bar, drawBars } from "./bars.ts";
import type { Chart } from "./chart.ts";
import { costByRole, rolesIn } from "./roles.ts";

/** What costs more than so many times the cheapest is left out of the magnified drawing. */
const MAGNIFIED_SPAN = 6;

/** Those that do the whole work: accept, and a committed row for everyone accepted. Cheapest first. */
export function wholeWay(contestants: readonly ContestantResult[]): ContestantResult[] {
  return cheapestFirst(contestants.filter(({ committedPerSecond }) => committedPerSecond !== undefined));
}

/** Those that end with the answer. Cheapest first. */
export function answerOnly(contestants: readonly ContestantResult[]): ContestantResult[] {
  return cheapestFirst(contestants.filter(({ committedPerSecond }) => committedPerSecond === undefined));
}

/** @param unit what the CPU is divided by, for people */
export function cpuChart(title: string, unit: "coupon" | "call", contestants: readonly ContestantResult[]): Chart {
  return {
    title,
    caption:
      "User and system time of all processes but the load generator, split by what the processes do. The axis is linear and begins at zero.",
    legend: rolesIn(contestants.map(({ cpuUsPerCoupon }) => cpuUsPerCoupon)),
    drawing: drawBars(title, `µs of CPU per ${unit}`, contestants.map(cpuBar)),
  };
}

/** The cheap end of the same bars on an axis of its own. Undefined when that would show nothing new. */
export function magnifiedCpuChart(contestants: readonly ContestantResult[]): Chart | undefined {
  const totals = contestants.map(({ cpuUsPerCoupon }) => cpuUsPerCoupon.total);
  const cheap = contestants.filter(
    ({ cpuUsPerCoupon }) => cpuUsPerCoupon.total <= Math.min(...totals) * MAGNIFIED_SPAN,
  );
  if (cheap.length === contestants.length || cheap.length < 2) return undefined;
  const times = Math.max(...totals) / Math.max(...cheap.map(({ cpuUsPerCoupon }) => cpuUsPerCoupon.total));
  const chart = cpuChart(`The cheapest of them, magnified ${figure(times)} times`, "coupon", cheap);
  return { ...chart, legend: [], caption: "The same bars on an axis of their own, which begins at zero as well." };
}

export function throughputChart(title: string, contestants: readonly ContestantResult[]): Chart {
  const fastestFirst = contestants.toSorted((a, b) => speed(b) - speed(a));
  const committed = contestants.some(({ committedPerSecond }) => committedPerSecond !== undefined);
  return {
    title,
    caption: "On this machine, with the load generator on the same cores. The axis is linear and begins at zero.",
    legend: committed ? [ACCEPTED, COMMITTED] : [],
    drawing: drawBars(title, "per second", fastestFirst.flatMap(throughputBars)),
  };
}

const ACCEPTED = { label: "accepted", color: "var(--accept)" };
const COMMITTED = { label: "committed", color: "var(--mysql)" };

function throughputBars({ name, acceptedPerSecond, committedPerSecond }: ContestantResult): Bar[] {
  const bar = { label: name, group: name, emphasised: isOurs(name) };
  const of = (value: number, { color }: { color: string }): Bar => ({
    ...bar,
    parts: [{ value, color }],
    text: `${short(value)}/s`,
  });
  return [
    of(acceptedPerSecond, ACCEPTED),
    ...(committedPerSecond === undefined ? [] : [of(committedPerSecond, COMMITTED)]),
  ];
}

function cpuBar({ name, cpuUsPerCoupon }: ContestantResult): Bar {
  return {
    label: name,
    emphasised: isOurs(name),
    parts: costByRole(cpuUsPerCoupon).map(({ role, us }) => ({ value: us, color: role.color })),
    text: `${figure(cpuUsPerCoupon.total)} µs`,
  };
}

function isOurs(name: string): boolean {
  return name.startsWith("firstcome");
}

function speed({ committedPerSecond, acceptedPerSecond }: ContestantResult): number {
  return committedPerSecond ?? acceptedPerSecond;
}

function cheapestFirst(contestants: readonly ContestantResult[]): ContestantResult[] {
  return contestants.toSorted((a, b) => a.cpuUsPerCoupon.total - b.cpuUsPerCoupon.total);
}
