// The order of the test files: those that start most processes first, so that none of them runs on alone when all others are done.
import { BaseSequencer } from "vitest/node";

const FIRST = ["acceptance", "bench", "chaos", "demo", "services"];

export default class LongestTestsFirst extends BaseSequencer {
  /** @param {import("vitest/node").TestSpecification[]} files */
  async sort(files) {
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own: by size, or by what the last run took
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

/** @param {import("vitest/node").TestSpecification} file */
function placeOf({ moduleId, project }) {
  const folder = moduleId.slice(project.config.root.length + 1).split("/", 1)[0] ?? "";
  const place = FIRST.indexOf(folder);
  return place === -1 ? FIRST.length : place;
}
