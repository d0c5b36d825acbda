import { Child } from "../../children/child.ts";
import type { Front } from "../front.ts";

const START_DEADLINE_MS = 15_000;

/** Starts the bare server, in a process of its own. */
export async function startEcho(): Promise<Front> {
  const child = new Child(new URL("echo-main.ts", import.meta.url));
  try {
    const address = await child.obey<string>("start", undefined, { deadlineMs: START_DEADLINE_MS });
    return {
      address,
      processes: [{ name: "echo", pid: child.pid }],
      // It answers for any.
      openCoupon: () => Promise.resolve("1"),
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
