import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../src/report/page.ts";
import type { BenchResult } from "../../src/result.ts";
import { aContestant, sampleResult } from "./sample-result.ts";

describe("renderPage", () => {
  it("puts every contestant into a table and into the drawings", () => {
    const result = sampleResult();
    const document = parse(renderPage(result));
    const rows = texts(document, "section[aria-labelledby=contestants] > .wide tbody th").map((text) => text.trim());
    const drawn = texts(document, "section[aria-labelledby=contestants] figure svg text");
    for (const { name } of result.contestants) {
      expect(rows.some((text) => text.startsWith(name))).toBe(true);
      expect(drawn).toContain(name);
    }
  });

  it("prints what was lost, issued twice or over-issued beside the speed", () => {
    const contestant = {
      ...aContestant("leaky", { acceptor: 10 }, 1_000),
      faults: { lost: 3, duplicated: 4, overIssued: 5 },
      faultExperiment: { title: "all at once", users: 9, quantity: 8, lost: 0, duplicated: 0, overIssued: 1 },
    };
    const page = parse(renderPage(sampleResult({ contestants: [contestant] })));
    const [row = ""] = texts(page, "tbody tr");
    expect(row).toContain("3 lost, 4 twice, 5 over-issued");
    expect(row).toContain("all at once (9 users, 8 pieces):");
    expect(row).toContain("1 over-issued");
  });

  it("escapes whatever text the results bring", () => {
    const evil = `<img src=x onerror="alert('1')">&`;
    const result = sampleResult({
      contestants: [{ ...aContestant(evil, { acceptor: 10 }, 1_000), title: evil, setting: evil, note: evil }],
      failed: [{ name: evil, why: evil }],
      violations: [evil],
    });
    const page = parse(renderPage({ ...result, machine: { ...result.machine, cpu: evil } }));
    expect(page.querySelectorAll("img")).toHaveLength(0);
    expect(texts(page, ".verdict li")).toEqual([evil]);
    expect(texts(page, "figure svg text")).toContain(evil);
  });

  it("asks for nothing beside itself", () => {
    const page = renderPage(sampleResult());
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<)]+/g)].map(([address]) => address);
    // A name space, not an address.
    expect(new Set(addresses)).toEqual(new Set(["http://www.w3.org/2000/svg"]));
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(/i);
  });

  it("says which targets were met, which not, and which were not measured", () => {
    const page = parse(renderPage(sampleResult()));
    const verdicts = texts(page, "section[aria-labelledby=ratios] tbody tr").map((row) => row.replaceAll(/\s+/g, " "));
    expect(verdicts).toHaveLength(3);
    expect(verdicts[0]).toMatch(/unaryCpuVsEcho.* 1\.09 ≤ 1\.15 ✓ yes/);
    expect(verdicts[1]).toMatch(/cpuVsLegacy.* 24\.1 ≥ 25 ✗ no 33\.3/);
    expect(verdicts[2]).toMatch(/bytesPerWinner.* – ≤ 30 not measured/);
  });

  it("puts broken promises in front of everything else", () => {
    const page = parse(renderPage(sampleResult({ violations: ["coupon 1: number 7 was given twice"] })));
    expect(texts(page, "main > :first-child")[0]).toContain("number 7 was given twice");
    expect(texts(page, "main")[0]).not.toContain("✓ Every run");
  });

  it("says that promises were kept only where they were held, and nothing of Firstcome's has failed", () => {
    const says = (change: Partial<BenchResult>): boolean =>
      texts(parse(renderPage(sampleResult(change))), "main .verdict").some((text) => text.includes("✓ Every run"));
    expect(says({})).toBe(true);
    expect(says({ failed: [{ name: "bullmq", why: "away" }] })).toBe(true);
    expect(says({ couponsHeld: 0 })).toBe(false);
    for (const name of ["unary", "stream", "curves", "firstcome-gate"]) {
      expect(says({ failed: [{ name, why: "it broke" }] })).toBe(false);
    }
  });

  it("says of a known fault that no run shows that it was not tested", () => {
    const contestant = { ...aContestant("queue", { acceptor: 10 }, 1_000), untestedFault: "a crash takes a piece" };
    const [row = ""] = texts(parse(renderPage(sampleResult({ contestants: [contestant] }))), "tbody tr");
    expect(row).toMatch(/none in the timed run\s+not tested: a crash takes a piece/);
  });

  it("leaves out what was not measured", () => {
    const { micro: _, ...rest } = sampleResult({ contestants: [], curves: { latencyByLoad: {}, cpuByRate: {} } });
    const page = parse(renderPage({ ...rest, ratios: {}, targets: {} }));
    expect(page.querySelectorAll("figure")).toHaveLength(0);
    expect(texts(page, "h2")).toEqual(["Side by side", "How it was measured"]);
  });
});

type Page = ReturnType<typeof parse>;

function parse(page: string) {
  return parseHTML(page).document;
}

function texts(root: Page, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map((element) => element.textContent ?? "");
}
