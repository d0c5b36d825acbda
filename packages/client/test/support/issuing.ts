import type { IssueAnswer } from "../../src/index.ts";
import { createFirstcomeClient, type FirstcomeClient, type IssuerOptions } from "../../src/index.ts";
import { onTestFinished } from "vitest";
import { ScriptedGate, type ScriptedGateOptions } from "./scripted-gate.ts";

export const COUPON = "7";

/** A gate that the test scripts, and a client of it. */
export async function issuing(
  options: IssuerOptions & ScriptedGateOptions = {},
): Promise<{ gate: ScriptedGate; client: FirstcomeClient }> {
  const { connections, maxWaiting, answerTimeoutMs, ...gateOptions } = options;
  const gate = await ScriptedGate.start(gateOptions);
  const client = createFirstcomeClient({ coupon: gate.address, connections, maxWaiting, answerTimeoutMs });
  onTestFinished(() => client.close());
  return { gate, client };
}

/** The same with an open stream, over which one user already has a number: what follows takes no time to connect. */
export async function connected(): ReturnType<typeof issuing> {
  const { gate, client } = await issuing({ connections: 1 });
  const first = client.issue(COUPON, "first");
  (await gate.hears()).accept();
  await first;
  return { gate, client };
}

export function users(count: number, name = "user"): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
}

/** The numbers of winners, lowest first. */
export function numbersOf(answers: readonly IssueAnswer[]): number[] {
  return answers.map(numberOf).toSorted((a, b) => a - b);
}

export function numberOf(answer: IssueAnswer): number {
  if (!("issueNo" in answer)) throw new Error(`expected a number, got ${answer.outcome}`);
  return answer.issueNo;
}

/** 1, 2, 3 … */
export function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
