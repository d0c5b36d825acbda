// A vitest reporter that writes how many tests passed and failed to .local/test-count.json, for print-test-count.mjs.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { testCountFile } from "./test-count-file.mjs";

export default class TestCountReporter {
  onTestRunStart() {
    rmSync(testCountFile, { force: true });
  }

  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const states = tests.map((test) => test.result().state);
    // A file that could not be loaded, or whose hook failed, has no failed test to show for it; nor has an error outside of any test.
    const brokenModules = modules.filter(
      (module) =>
        module.state() === "failed" &&
        ![...module.children.allTests()].some((test) => test.result().state === "failed"),
    );
    const count = {
      passed: states.filter((state) => state === "passed").length,
      failed:
        states.filter((state) => state === "failed" || state === "pending").length +
        brokenModules.length +
        unhandledErrors.length,
      skipped: states.filter((state) => state === "skipped").length,
    };
    mkdirSync(dirname(testCountFile), { recursive: true });
    writeFileSync(testCountFile, `${JSON.stringify(count)}\n`);
  }
}
