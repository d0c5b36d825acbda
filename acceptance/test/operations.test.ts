import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DescMethod, createRegistry, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { CouponAdminService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { RankingAdminService } from "@firstcome/contracts/ranking";
import { repositoryRoot } from "@firstcome/stack";
import { beforeAll, describe, expect, it } from "vitest";
import { startWholeShop, type WholeShop } from "./harness/whole-shop.ts";

// What operators are told to look at and to type at midnight, held against what there is.

const manual = await readFile(join(repositoryRoot, "docs/operations.md"), "utf8");
const alerts = await readFile(join(repositoryRoot, "deploy/prometheus/alerts.yml"), "utf8");

let whole: WholeShop;
beforeAll(async () => {
  // The counters of a primary are there only when it has workers.
  whole = await startWholeShop({ envOf: (name) => (name === "ranking" ? { WORKERS: "2" } : {}) });
});

describe("the alerts", () => {
  it("and the manual name metrics that some service has", async () => {
    const known = new Set<string>();
    for (const { metrics } of Object.values(whole.processes)) {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      for (const [, name = ""] of text.matchAll(/^# TYPE (\S+)/gm)) known.add(name);
    }
    const named = `${manual}\n${alerts}`.match(/\b(?:firstcome|nodejs)_[a-z0-9_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !known.has(name.replace(/_(?:bucket|sum|count)$/, "")))).toEqual([]);
  });

  it("have a section of the manual each", () => {
    const names = captured(alerts, /^ +- alert: (\w+)$/gm);
    expect(names.length).toBeGreaterThan(20);
    expect(captured(manual, /^### (Firstcome\w+)$/gm)).toEqual(names);
  });
});

describe("the manual", () => {
  it("calls methods that there are, with requests that they understand", () => {
    const calls = [...manual.matchAll(/^.*?rpc (?:-d (.+?) )?\$[A-Z]+ (\S+)\/(\w+)/gm)];
    expect(calls.length).toBeGreaterThan(15);
    for (const [, request = "{}", service = "", name = ""] of calls) {
      const json: unknown = JSON.parse(request.replaceAll(/'"\$.*?"'|'\$\(.*?\)'/g, "20261122").replaceAll("'", ""));
      expect(
        () => fromJson(methodOf(service, name).input, json as JsonValue),
        `${service}/${name} ${request}`,
      ).not.toThrow();
    }
  });

  it("asks the database what it can answer", async () => {
    const statements = captured(manual, /^```sql\n(.*?)^```/gms).flatMap((block) =>
      block
        .replaceAll(/^--.*$/gm, "")
        .split(";")
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ""),
    );
    expect(statements.length).toBeGreaterThan(8);
    for (const statement of statements) await whole.shop.database.pool.query(statement);
  });

  it("links to places that it has", () => {
    const places = new Set(captured(manual, /^#+ (.+)$/gm).map((heading) => slugOf(heading)));
    expect(captured(manual, /\]\(#([^)]+)\)/g).filter((place) => !places.has(place))).toEqual([]);
  });
});

const registry = createRegistry(CouponAdminService, DispatchAdminService, RankingAdminService);

function methodOf(service: string, name: string): DescMethod {
  const method = registry.getService(service)?.methods.find((candidate) => candidate.name === name);
  if (!method) throw new Error(`there is no ${service}/${name}`);
  return method;
}

function captured(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, capture = ""]) => capture);
}

/** As GitHub makes them. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}
