import { connect } from "node:http2";
import { onTestFinished } from "vitest";
import { serve } from "./serve.ts";

/**
 * Resolves when a connection that is made now is pinged. By then every connection of this process that is pinged as often, and
 * was there before, has been pinged too, or would have been.
 */
export async function pinged(keepaliveMs: number): Promise<void> {
  const server = await serve([], { limits: { keepaliveMs } });
  const session = connect(`http://${server.address}`);
  onTestFinished(() => session.destroy());
  await new Promise<void>((resolve) => session.once("ping", () => resolve()));
}
