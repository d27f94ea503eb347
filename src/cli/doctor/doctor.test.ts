import { expect, test } from "vitest";
import { adviceFor } from "./advice.ts";
import type { Findings } from "./diagnosis.ts";
import { whyThreads } from "./host.ts";
import { doctorText } from "./text.ts";

const GB = 2 ** 30;
const speed = (threads: number, gflops: number) => ({
  threads,
  multiplyAdd: gflops,
  products: [{ shape: "64 x 128 x 384", gflops: 0.9 * gflops }],
});
/** A machine at which nothing is to be improved. */
const fine: Findings = {
  gruvy: "1.2.3",
  node: "24.1.0",
  v8: "13.6",
  system: "linux x64",
  processor: { model: "Some CPU", instructions: ["AVX2"], load: 0.1 },
  cores: { machine: 4, affinity: 4, quota: undefined, usable: 4 },
  memory: { total: 16 * GB, available: 8 * GB, addressable: 4 * GB },
  simd: { simd: true, fma: "native", wide: "on" },
  threads: { count: 4, why: "one for each core" },
  speed: [speed(1, 100), speed(4, 380)],
  selfTest: { passed: true, kernels: 38, arithmetic: ["fused"], problems: [], threads: "" },
};
/** What is found where no model can run. */
const nothing = { speed: [], selfTest: { ...fine.selfTest, passed: false, kernels: 0, arithmetic: [] } };
const advice = (change: Partial<Findings> = {}) =>
  adviceFor({ ...fine, ...change }).filter((text) => !text.startsWith("In a page"));

test("where nothing can be better, only pages get advice", () => {
  expect(advice()).toEqual([]);
  expect(adviceFor(fine)).toEqual([expect.stringContaining("Cross-Origin-Opener-Policy: same-origin")]);
});

test.each<[string, Partial<Findings>, RegExp]>([
  ["an older Node", { simd: { ...fine.simd, wide: "node" } }, /Node 24 or later/],
  ["a flag", { simd: { ...fine.simd, fma: "flag" } }, /enableExperimentalSimd\(\)/],
  ["no multiply-add", { simd: { ...fine.simd, fma: "absent" } }, /Node 22 or later/],
  [
    "a quota",
    { cores: { ...fine.cores, quota: 1.5, usable: 2 }, threads: { count: 2, why: "" } },
    /more than 1\.5 cores/,
  ],
  ["a quota that gives a thread for each core", { cores: { ...fine.cores, quota: 3.5 } }, /more than 3\.5 cores/],
  ["an affinity", { cores: { ...fine.cores, machine: 16 } }, /more than 4 of the 16 cores/],
  ["fewer threads than cores", { threads: { count: 1, why: "" } }, /--threads 4/],
  ["more threads than cores", { threads: { count: 9, why: "" } }, /at most 4 threads/],
  ["a busy machine", { processor: { ...fine.processor, load: 3 } }, /load 3\.0/],
  ["threads that gain nothing", { speed: [speed(1, 100), speed(4, 150)] }, /4 threads are 1\.5 times as fast/],
  ["little memory", { memory: { ...fine.memory, available: 1e8 } }, /512 MB/],
  [
    "little memory in a container",
    { memory: { ...fine.memory, available: 1e8, limit: 3e8 } },
    /512 MB.*give the container more/,
  ],
  ["little address space", { memory: { ...fine.memory, addressable: GB } }, /ulimit -v/],
  ["no vectors", { simd: { simd: false, fma: "absent", wide: "node" }, ...nothing }, /without --jitless/],
  [
    "no address space",
    { memory: { ...fine.memory, addressable: 0 }, ...nothing },
    /^Models cannot run here.*ulimit -v/,
  ],
  ["a wrong kernel", { selfTest: { ...fine.selfTest, passed: false } }, /Do not trust/],
])("%s gets its advice", (_, change, text) => {
  expect(advice(change)[0]).toMatch(text);
});

test.each<[string, Partial<Findings>, RegExp]>([
  [
    "shares beyond the whole",
    { speed: [speed(1, 100), { ...speed(2, 40), products: speed(4, 80).products }] },
    /180 %/,
  ],
  [
    "a busy machine",
    { processor: { ...fine.processor, load: 9.7 }, speed: [speed(1, 100), speed(4, 70)] },
    /load 9\.7/,
  ],
])("from %s nothing follows but to measure again", (_, change, why) => {
  const found = { ...fine, ...change };
  expect(advice(change)).toEqual([expect.stringMatching(/^Run gruvy doctor again when nothing else runs: /)]);
  const flat = doctorText({ ...found, advice: adviceFor(found) }).replace(/\s+/g, " ");
  expect(flat).toMatch(/ %\) Not to be relied on: /);
  expect(flat).toMatch(why);
  expect(flat).not.toMatch(/times as fast as one/);
});

test("why so many threads", () => {
  const cores = { machine: 64, affinity: 64, quota: undefined, usable: 64 };
  expect(whyThreads(3, cores, 3)).toMatch(/--threads/);
  expect(whyThreads(99, { ...cores, usable: 2 }, 99)).toMatch(/more than the 2 that can run at once/);
  expect(whyThreads(undefined, cores, 8)).toMatch(/stops at eight/);
  expect(whyThreads(undefined, { ...cores, affinity: 2, usable: 2 }, 2)).toBe("this process may run on 2 of 64 cores");
  expect(whyThreads(undefined, { ...cores, quota: 1.5, usable: 2 }, 2)).toMatch(/time of 1\.5 of 64 cores/);
  expect(whyThreads(undefined, { ...cores, machine: 4, affinity: 4, usable: 4 }, 4)).toBe("one for each core");
});

test("where no model can run, the text says so and has no table", () => {
  const text = doctorText({ ...fine, memory: { ...fine.memory, addressable: 0 }, ...nothing, advice: ["One."] });
  expect(text).toContain("no address space for a model\n");
  expect(text).toContain("one for each core\n\nSelf-test     FAILED: no kernel can run here\n\nWhat");
});

test("the text says limits where there are some, and what is wrong", () => {
  const problem = { kernel: "gruStep", arithmetic: "fused", problem: "3 x 33: [5] is 1 instead of 2" };
  const text = doctorText({
    ...fine,
    cores: { machine: 64, affinity: 8, quota: 1.5, usable: 2 },
    memory: { ...fine.memory, limit: 2 * GB },
    selfTest: { ...fine.selfTest, passed: false, problems: [problem], threads: "weight 3 differs" },
    advice: ["One.", "Two."],
  });
  const flat = text.replace(/\s+/g, " ");
  expect(flat).toContain("64 cores, 8 of them for this process; this container may use the time of 1.5 Memory");
  expect(text).toContain("this container may use 2.0 GB");
  expect(flat).toContain("FAILED: 1 of 38 kernels are wrong; several threads do not give the bits of one");
  expect(text).toContain("\n  gruStep (fused): 3 x 33: [5] is 1 instead of 2\n  several threads: weight 3 differs\n");
  expect(text).toMatch(
    /multiply-add alone +100\.0 +380\.0\nmatrix product 64 x 128 x 384 +90\.0 \(90 %\) +342\.0 \(90 %\)/,
  );
  expect(text.endsWith("- One.\n- Two.\n")).toBe(true);
});
