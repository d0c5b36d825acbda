// The load generator's process.
import { obeyParent } from "../children/obey-parent.ts";
import { generate } from "./generate.ts";
import type { LoadOrder } from "./orders.ts";

await obeyParent({ generate: (order: LoadOrder) => generate(order) }, async () => {});
