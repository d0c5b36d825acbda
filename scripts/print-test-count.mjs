// Prints "N passed, N failed" of the last test run. A run that ended before it could count itself is one failure.
import { readFileSync } from "node:fs";
import { testCountFile } from "./test-count-file.mjs";

console.log(describeCount());

function describeCount() {
  try {
    const { passed, failed } = JSON.parse(readFileSync(testCountFile, "utf8"));
    return `${passed} passed, ${failed} failed`;
  } catch {
    return "0 passed, 1 failed";
  }
}
