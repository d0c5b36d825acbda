import { fileURLToPath } from "node:url";

/** Where the count of the last test run is kept. */
export const testCountFile = fileURLToPath(new URL("../.local/test-count.json", import.meta.url));
