import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that start processes take longest: last, they would leave a core without work. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const starts = ({ moduleId }: TestSpecification) => /\/test\/(cli|examples|project|tuning)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(starts), ...sorted.filter((file) => !starts(file))];
  }
}

// Files of rooms that hold no threads, and leave their process as it was, share one: a new one costs more than their tests.
const sharing = "src/{base,data,evaluation,storage,report,cli}/**/*.test.ts";
const otherRooms = "src/!(base|data|evaluation|storage|report|cli)/**/*.test.ts";
// These look at the process itself: its memory, its listeners, its death.
const alone = ["src/data/{csv-memory,real-tables}.test.ts", "src/storage/{kill,lock,durable}.test.ts"];

export default defineConfig({
  test: {
    // For the busiest machine: what hangs is seen, and nothing fails for being slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "sharing", include: [sharing], exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts", otherRooms, ...alone] } },
    ],
  },
});
