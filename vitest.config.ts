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

// Most files leave their process as it was, and share one: a new one costs more than the tests of many.
const sharing = ["src/**/*.test.ts", "test/{bench,engine,golden,interchange,model}/**/*.test.ts"];
// A process in which one of these has run has fused arithmetic.
const engine = ["{src,test}/engine/**/*.test.ts", "src/cli/doctor/doctor.test.ts", "test/model/wasm.test.ts"];
// These look at the process itself: its memory, its threads, its listeners, its death.
const alone = [
  "src/data/{csv-memory,real-tables}.test.ts",
  "src/storage/{kill,lock,durable}.test.ts",
  "src/engine/runtime/memory.test.ts",
  "test/interchange/hdf5-writer.test.ts",
  "test/model/{fresh-memory,memory}.test.ts",
  "test/{browser,cli,examples,fuzz,project,tuning}/**/*.test.ts",
];

export default defineConfig({
  test: {
    // For the busiest machine: what hangs is seen, and nothing fails for being slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "sharing", include: sharing, exclude: [...alone, ...engine], isolate: false } },
      { extends: true, test: { name: "engine", include: engine, exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
