// A worker without work: acknowledges what it is given at once. Takes batches between "open" and "close" from its parent.
import { startWorker } from "@firstcome/worker";

const [address = ""] = process.argv.slice(2);

// As the issuer's.
const OPEN = { maxBatches: 1_000, maxItems: 8_000 };
const CLOSED = { maxBatches: 0, maxItems: 0 };

const worker = startWorker({
  addresses: [address],
  name: "acknowledging",
  capacity: CLOSED,
  handle: () => Promise.resolve(),
});
process.on("message", (order) => worker.setCapacity(order === "open" ? OPEN : CLOSED));
process.on("disconnect", () => void worker.drain());
await worker.attached;
process.send?.("attached");
