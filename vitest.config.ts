import { join } from "node:path";
import { defineConfig } from "vitest/config";
import LongestTestsFirst from "./scripts/longest-tests-first.mjs";

// For the processes of services that tests start: half of what a start costs is compiling the same modules again.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, ".local/compile-cache");

export default defineConfig({
  test: {
    include: ["{packages,services}/*/test/**/*.test.ts", "{demo,acceptance,bench,chaos}/test/**/*.test.ts"],
    globalSetup: "packages/testkit/src/global-setup.ts",
    setupFiles: "packages/testkit/src/setup-file.ts",
    reporters: ["default", "./scripts/test-count-reporter.mjs"],
    pool: "forks",
    // Most test files drive real servers and services beside themselves: more files at once than this only slow each other down.
    maxWorkers: 2,
    // A module is evaluated once in a process, not once for each file: half the CPU of the whole run. What a file opens it closes.
    isolate: false,
    sequence: { sequencer: LongestTestsFirst },
    // For what hangs, and nothing else: tests start servers, wait on signals, and share a machine that may be slow.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    passWithNoTests: false,
  },
});
