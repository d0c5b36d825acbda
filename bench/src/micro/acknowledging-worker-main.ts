// A worker without work: acknowledges what it is given at once. Takes batches between "open" and "close".
import { startWorker, type Worker } from "@firstcome/worker";
import { obeyParent } from "../children/obey-parent.ts";

// As the issuer's.
const OPEN = { maxBatches: 1_000, maxItems: 8_000 };
const CLOSED = { maxBatches: 0, maxItems: 0 };

let worker: Worker | undefined;

await obeyParent(
  {
    async start(address: string) {
      worker = startWorker({
        addresses: [address],
        name: "acknowledging",
        capacity: CLOSED,
        handle: () => Promise.resolve(),
      });
      await worker.attached;
    },
    open: async () => worker?.setCapacity(OPEN),
    close: async () => worker?.setCapacity(CLOSED),
  },
  async () => await worker?.[Symbol.asyncDispose](),
);
