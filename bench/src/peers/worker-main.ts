// A worker's process: loads the peer's module and lets it work until it is told to stop.
import { obeyParent } from "../children/obey-parent.ts";
import type { StartOrder } from "./orders.ts";
import type { StartWorker } from "./peer.ts";

let worker: AsyncDisposable | undefined;

await obeyParent(
  {
    async start({ module, env, index }: StartOrder) {
      const { default: startWorker } = (await import(module)) as { default: StartWorker };
      worker = await startWorker(env, index);
    },
  },
  async () => await worker?.[Symbol.asyncDispose](),
);
