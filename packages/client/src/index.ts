export type { FirstcomeClient, FirstcomeClientOptions } from "./firstcome-client.ts";
export { createFirstcomeClient } from "./firstcome-client.ts";
