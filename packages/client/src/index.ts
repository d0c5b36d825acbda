export { createFirstcomeClient, type FirstcomeAddresses, type FirstcomeClient } from "./firstcome-client.ts";
