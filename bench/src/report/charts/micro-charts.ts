import type { MicroResults, WinnersMemory } from "../../micro/micro-results.ts";
import { figure, short } from "../figures.ts";
import { type Bar, drawBars } from "./bars.ts";
import type { Chart } from "./chart.ts";
import { drawLines, type Line } from "./lines.ts";

const NODE = { label: "Node", color: "var(--accept)" };
const DATABASE = { label: "database", color: "var(--mysql)" };
const REDIS = { label: "Redis", color: "var(--redis)" };
const DISPATCHER = { label: "dispatcher", color: "var(--dispatcher)" };
const WORKER = { label: "worker", color: "var(--worker)" };

/** A drawing of every stage that was measured. */
export function microCharts(micro: MicroResults): Chart[] {
  return [
    ...(micro.gateByBatch.length > 0 ? [gateCostChart(micro), gateRateChart(micro)] : []),
    ...micro.winners.map(winnersChart),
    ...(micro.insert.length > 0 ? [insertChart(micro)] : []),
    ...(micro.dispatcher.length > 0 ? [dispatcherChart(micro)] : []),
  ];
}

function gateCostChart({ gateByBatch }: MicroResults): Chart {
  const title = "The gate: CPU of a decision, by users a script call";
  return {
    title,
    caption:
      "Every decision is a win, kept and handed off, with an fsync before the answer. Both axes are logarithmic.",
    legend: [REDIS, NODE],
    drawing: drawLines(title, { x: "users a call", y: "µs per user", xTicks: batchesOf(gateByBatch) }, [
      lineOf(REDIS, gateByBatch, ({ redisUsPerItem }) => redisUsPerItem),
      lineOf(NODE, gateByBatch, ({ nodeUsPerItem }) => nodeUsPerItem),
    ]),
  };
}

function gateRateChart({ gateByBatch }: MicroResults): Chart {
  const title = "The gate: decisions per second, by users a script call";
  return {
    title,
    caption: "Four partitions at once, one call under way in each. The axis is linear and begins at zero.",
    legend: [],
    drawing: drawBars(
      title,
      "decisions per second",
      gateByBatch.map(({ batch, itemsPerSecond }) => ({
        label: `${batch} a call`,
        parts: [{ value: itemsPerSecond, color: REDIS.color }],
        text: `${short(itemsPerSecond)}/s`,
      })),
    ),
  };
}

function winnersChart({ ids, members, bytesPerMember }: WinnersMemory): Chart {
  const title = `Redis memory of a winner, ${ids === "uuid" ? "UUIDs" : "numbers"} as user ids`;
  const { ours, zset, hash, set } = bytesPerMember;
  return {
    title,
    caption: `Growth of Redis' memory with ${figure(members)} winners, per winner.`,
    legend: [],
    drawing: drawBars(title, "bytes", [
      memoryBar("firstcome", ours, true),
      memoryBar("SET (users only)", set),
      memoryBar("one HASH", hash),
      memoryBar("ZSET", zset),
    ]),
  };
}

function memoryBar(label: string, bytes: number, emphasised = false): Bar {
  const color = emphasised ? REDIS.color : "var(--quiet)";
  return { label, emphasised, parts: [{ value: bytes, color }], text: `${figure(bytes)} bytes` };
}

function insertChart({ insert }: MicroResults): Chart {
  const title = "The insert: CPU of a row, by rows a statement";
  return {
    title,
    caption:
      "issueRows is the prepared statement that the issuer runs; values is the same insert as a list of values. One statement at a time, a commit each.",
    legend: [NODE, DATABASE],
    drawing: drawBars(
      title,
      "µs of CPU per row",
      insert.map(({ rows, statement, nodeUsPerRow, databaseUsPerRow, rowsPerSecond }) => ({
        label: `${rows} ${statement}`,
        group: `${rows}`,
        emphasised: statement === "issueRows",
        parts: [
          { value: nodeUsPerRow, color: NODE.color },
          { value: databaseUsPerRow, color: DATABASE.color },
        ],
        text: `${figure(nodeUsPerRow + databaseUsPerRow)} µs, ${short(rowsPerSecond)}/s`,
      })),
    ),
  };
}

function dispatcherChart({ dispatcher }: MicroResults): Chart {
  const title = "The hand-off: CPU of an item, by users an entry";
  return {
    title,
    caption:
      "A full backlog and a worker that only acknowledges: reading, delivering, acknowledging, taking off. Both axes are logarithmic.",
    legend: [DISPATCHER, WORKER, REDIS],
    drawing: drawLines(title, { x: "users an entry", y: "µs per user", xTicks: batchesOf(dispatcher) }, [
      lineOf(DISPATCHER, dispatcher, ({ dispatcherUsPerItem }) => dispatcherUsPerItem),
      lineOf(WORKER, dispatcher, ({ workerUsPerItem }) => workerUsPerItem),
      lineOf(REDIS, dispatcher, ({ redisUsPerItem }) => redisUsPerItem),
    ]),
  };
}

function lineOf<T extends { batch: number }>(
  { color }: { color: string },
  costs: readonly T[],
  us: (cost: T) => number,
) {
  return { panel: "", color, points: costs.map((cost) => ({ x: cost.batch, y: us(cost) })) } satisfies Line;
}

function batchesOf(costs: readonly { batch: number }[]): number[] {
  return costs.map(({ batch }) => batch);
}
