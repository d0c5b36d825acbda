import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,services}/*/test/**/*.test.ts", "{demo,acceptance,bench,chaos}/test/**/*.test.ts"],
    globalSetup: "packages/testkit/src/global-setup.ts",
    setupFiles: "packages/testkit/src/setup-file.ts",
    reporters: ["default", "./scripts/test-count-reporter.mjs"],
    pool: "forks",
    // Most test files drive real servers and services beside themselves: more files at once than this only slow each other down.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
