// The process that floods.
import { obeyParent } from "../children/obey-parent.ts";
import { flood, type FloodOrder } from "./flood.ts";

await obeyParent({ flood: (order: FloodOrder) => flood(order) }, async () => {});
