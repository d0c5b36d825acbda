import type { WatchCouponResponse } from "@firstcome/contracts/coupon";
import type { FirstcomeClient } from "@firstcome/client";

export interface Progress {
  /** Resolves when this many rows are written, when none has come for `stallMs`, or when it is stopped. */
  issued(count: number, stallMs: number): Promise<void>;
  stop(): void;
}

const INTERVAL_MS = 200;
const LINE_EVERY_MS = 1_000;
const BAR = 30;

/** Follows a coupon through `WatchCoupon` and draws it: in place on a terminal, a line a second elsewhere. */
export function watchProgress(client: FirstcomeClient, couponId: string, say: (line: string) => void): Progress {
  const leave = new AbortController();
  const listeners = new Set<(now: WatchCouponResponse) => void>();
  const draw = process.stdout.isTTY ? drawInPlace() : drawLines(say);

  const watching = (async () => {
    const interval = { seconds: 0n, nanos: INTERVAL_MS * 1_000_000 };
    for await (const now of client.couponAdmin.watchCoupon({ couponId, interval }, { signal: leave.signal })) {
      draw(now);
      for (const listener of listeners) listener(now);
    }
  })();
  // Losing sight of the progress ends nothing; whoever waits for rows stops waiting when none come.
  watching.catch((error: unknown) => {
    if (!leave.signal.aborted) say(`progress is not seen any more: ${String(error)}`);
  });

  return {
    stop: () => leave.abort(),
    async issued(count, stallMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let last = -1;
      let stalled = setTimeout(resolve, stallMs);
      const listener = (now: WatchCouponResponse): void => {
        if (now.issued >= count) resolve();
        if (now.issued === last) return;
        last = now.issued;
        clearTimeout(stalled);
        stalled = setTimeout(resolve, stallMs);
      };
      listeners.add(listener);
      leave.signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      clearTimeout(stalled);
      listeners.delete(listener);
    },
  };
}

function drawInPlace(): (now: WatchCouponResponse) => void {
  let drawn = false;
  return (now) => {
    if (drawn) process.stdout.write("\u001b[3A");
    drawn = true;
    const stock = now.coupon?.quantity ?? 0;
    for (const line of [
      `accepted  ${bar(now.accepted, stock)} ${rate(now.acceptedPerSecond)}`,
      `issued    ${bar(now.issued, stock)} ${rate(now.issuedPerSecond)}`,
      `remaining ${String(now.remaining).padStart(9)}`,
    ]) {
      process.stdout.write(`\u001b[2K${line}\n`);
    }
  };
}

function drawLines(say: (line: string) => void): (now: WatchCouponResponse) => void {
  let nextAt = 0;
  return (now) => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + LINE_EVERY_MS;
    say(
      `accepted ${now.accepted} ${rate(now.acceptedPerSecond)}, issued ${now.issued} ${rate(now.issuedPerSecond)}, ` +
        `remaining ${now.remaining}`,
    );
  };
}

function bar(count: number, of: number): string {
  const filled = of > 0 ? Math.min(Math.round((count / of) * BAR), BAR) : 0;
  return `${String(count).padStart(9)} ${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
}

function rate(perSecond: number): string {
  return `(${Math.round(perSecond)}/s)`;
}
