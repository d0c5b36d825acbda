import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { drawBars } from "../../src/report/charts/bars.ts";
import { answerOnly, magnifiedCpuChart, wholeWay } from "../../src/report/charts/contestant-charts.ts";
import { drawLines } from "../../src/report/charts/lines.ts";
import { logScale } from "../../src/report/charts/log-scale.ts";
import { costByRole } from "../../src/report/charts/roles.ts";
import { figure, short } from "../../src/report/figures.ts";
import { aContestant, sampleResult } from "./sample-result.ts";

describe("drawBars", () => {
  it("draws parts end to end, each as long as its value", () => {
    const { svg } = drawBars("test", "µs", [
      {
        label: "two",
        text: "30",
        parts: [
          { value: 10, color: "red" },
          { value: 20, color: "green" },
        ],
      },
      { label: "one", text: "15", parts: [{ value: 15, color: "blue" }] },
    ]);
    const [red, green, blue] = rectangles(svg);
    const unit = (red?.width ?? 0) / 10;
    expect(green?.width).toBeCloseTo(20 * unit, 0);
    expect(blue?.width).toBeCloseTo(15 * unit, 0);
    expect(green?.x).toBeCloseTo((red?.x ?? 0) + (red?.width ?? 0), 0);
    // Both bars begin at zero.
    expect(blue?.x).toBe(red?.x);
    expect(blue?.y).toBeGreaterThan(red?.y ?? Number.NaN);
  });
});

describe("drawLines", () => {
  it("gives every line its panel and draws points with a reservation hollow", () => {
    const points = [
      { x: 1, y: 1 },
      { x: 10, y: 100, reserved: true },
    ];
    const { svg } = drawLines("test", { x: "x", y: "y" }, [
      { panel: "left", color: "red", points },
      { panel: "right", color: "blue", dashed: true, points },
    ]);
    const { document } = parseHTML(svg);
    expect(document.querySelectorAll("[aria-label=line] path")).toHaveLength(2);
    const filled = [...document.querySelectorAll("[aria-label=dot] circle")].map((dot) => dot.getAttribute("fill"));
    expect(filled.filter((fill) => fill === "red" || fill === "blue")).toHaveLength(2);
    expect(document.documentElement.textContent).toMatch(/left.*right/s);
  });

  it("leaves out what has no place on a logarithmic axis", () => {
    const { svg } = drawLines("test", { x: "x", y: "y" }, [
      {
        panel: "",
        color: "red",
        points: [
          { x: 1, y: 0 },
          { x: 2, y: Number.NaN },
          { x: 3, y: 5 },
        ],
      },
    ]);
    expect(parseHTML(svg).document.querySelectorAll("circle")).toHaveLength(1);
    expect(svg).not.toContain("NaN");
  });
});

describe("logScale", () => {
  it("reaches from the mark below the least to the mark above the greatest", () => {
    expect(logScale([3, 450], 10)).toEqual({ domain: [2, 500], ticks: [2, 5, 10, 20, 50, 100, 200, 500] });
    expect(logScale([0.4, 0.9], 10)).toEqual({ domain: [0.2, 1], ticks: [0.2, 0.5, 1] });
  });

  it("marks only the powers of ten when there would be too many marks", () => {
    expect(logScale([0.3, 40_000], 10).ticks).toEqual([1, 10, 100, 1_000, 10_000]);
  });

  it("has an extent for a single value, and for none", () => {
    expect(logScale([10], 10).domain).toEqual([10, 20]);
    expect(logScale([0, Number.NaN], 10).domain).toEqual([1, 10]);
  });
});

describe("contestants", () => {
  it("are told apart by how far their work goes, the cheapest first", () => {
    const { contestants } = sampleResult();
    expect(wholeWay(contestants)[0]?.name).toBe("firstcome-stream");
    expect(
      answerOnly(contestants)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["double-counter", "echo-unary", "get-incr"]);
  });

  it("are magnified only when some are much cheaper than others", () => {
    const cheap = aContestant("cheap", { redis: 10 }, 1);
    expect(magnifiedCpuChart([cheap, aContestant("near", { redis: 20 }, 1)])).toBeUndefined();
    const chart = magnifiedCpuChart([
      cheap,
      aContestant("near", { redis: 20 }, 1),
      aContestant("dear", { redis: 500 }, 1),
    ]);
    expect(chart?.title).toContain("magnified 25 times");
    expect(chart?.drawing.svg).not.toContain("dear");
  });
});

describe("costByRole", () => {
  it("adds up processes of one role and keeps those that no role claims", () => {
    const byProcess = { mysql: 5, issuer: 1, worker: 2, something: 3, redis: 0 };
    const costs = costByRole({ total: 11, byProcess }).map(({ role, us }) => [role.label, us]);
    expect(costs).toEqual([
      ["issuer or worker", 3],
      ["MySQL", 5],
      ["other", 3],
    ]);
  });
});

describe("figure and short", () => {
  it("give as many digits as a measurement is worth", () => {
    expect([23_456, 123.4, 12.345, 0.456, 0, Number.NaN].map(figure)).toEqual([
      "23\u202f456",
      "123",
      "12.3",
      "0.46",
      "0",
      "–",
    ]);
    expect([1_500_000, 250_400, 1_480, 20, 0.2].map(short)).toEqual(["1.5M", "250k", "1.5k", "20", "0.2"]);
  });
});

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function rectangles(svg: string): Rectangle[] {
  return [...parseHTML(svg).document.querySelectorAll("rect")].map((rect) => {
    const number = (name: string): number => Number(rect.getAttribute(name));
    return { x: number("x"), y: number("y"), width: number("width") };
  });
}
