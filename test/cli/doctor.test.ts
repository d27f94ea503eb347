import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { doctorText } from "../../src/cli/doctor/text.ts";
import type { TestedKernel } from "../../src/engine/doctor/index.ts";
import { bin, gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const root = fileURLToPath(new URL("../..", import.meta.url));

// Every look at a machine takes seconds: the text is made here of what was found as an object.
test("a healthy machine: what is there, what is used, how fast, and that all kernels are right", async () => {
  const { code, out, err } = await gruvy(["doctor", "--threads", "2", "--json"]);
  expect([code, err]).toEqual([0, ""]);
  const found = JSON.parse(out);
  expect(found).toMatchObject({ node: process.versions.node, threads: { count: 2 }, selfTest: { passed: true } });
  expect(found.memory.total).toBeGreaterThan(found.memory.available);
  expect(found.speed).toHaveLength(Math.min(2, found.cores.usable));
  const text = doctorText(found);
  for (const part of [
    /^Gruvy \d/,
    /\nSIMD +128 bits/,
    /\nMultiply-add +fused/,
    /\nThreads +2: asked for with --threads/,
  ]) {
    expect(text).toMatch(part);
  }
  expect(text).toMatch(/multiply-add alone( +\d+\.\d)+\n/);
  expect(text).toMatch(/matrix product 64 x 128 x 384 +\d+\.\d \(\d+ %\)/);
  expect(text).toMatch(/Self-test +passed: \d+ kernels/);
  expect(text).toMatch(/What would make it faster\n- /);
  expect(text.split("\n").every((line) => line.length <= 101)).toBe(true);
});

test("bad options are usage", async () => {
  expect((await inProcess(["doctor", "--threads", "0"])).code).toBe(2);
  expect((await inProcess(["doctor", "sales.csv"])).code).toBe(2);
});

test.runIf(process.platform === "linux")("where no model can run: why, and 1", async () => {
  for (const [command, why] of [
    ["ulimit -v 8000000 && node", /each takes some 10 GB of address space/],
    ["node --jitless", /start Node without --jitless/],
  ] as const) {
    const { status, stdout } = spawnSync("sh", ["-c", `${command} "$@"`, "sh", bin, "doctor"], { encoding: "utf8" });
    expect(stdout.replace(/\s+/g, " ")).toMatch(why);
    expect([status, stdout]).toEqual([1, expect.stringContaining("FAILED: no kernel can run here")]);
  }
});

type Mistake = readonly [kernels: string, file: string, find: string, replace: string];

/** A copy of the built package with mistakes planted in its kernels. */
function spoilt(name: string, mistakes: readonly Mistake[]): string {
  const copy = place.path(name);
  mkdirSync(copy);
  for (const part of ["bin", "dist", "package.json"]) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [, file, find, replace] of mistakes) {
    const path = join(copy, "dist/engine/kernels", file);
    const text = readFileSync(path, "utf8");
    expect(text.split(find), `${find} in ${file}`).toHaveLength(2);
    writeFileSync(path, text.replace(find, replace));
  }
  return copy;
}

test("a mistake in a kernel: the self-test names the kernel, and the command ends with 1", async () => {
  const mistake = ["gruStepBackward", "gru-gates.js", ".sub(c.value)).mul(z.slope)", ").mul(z.slope)"] as const;
  const copy = spoilt("one", [mistake]);
  const { code, out } = await gruvy(["doctor", "--threads", "1"], { bin: join(copy, "bin/gruvy.js") });
  expect(code).toBe(1);
  expect(out).toMatch(/Self-test +FAILED: 1 of \d+ kernels are wrong/);
  expect(out).toMatch(/\n {2}gruStepBackward \(multiply and add\): \d+ x \d+: \[\d+\] is .* instead of/);
  expect(out).toMatch(/- Do not trust results of this machine/);
});

test("of many mistakes each is found, and no other kernel is blamed", async () => {
  const mistakes: readonly Mistake[] = [
    ["product windowProduct productPart", "product.js", "4 * tile.inner", "4 * Math.max(1, tile.inner - 1)"],
    ["outer", "outer.js", "rows.mul(4 * strideA)", "rows.sub(1).mul(4 * strideA)"],
    ["transpose", "transpose.js", "ef.shuffle(gh, [2, 3, 6, 7])", "ef.shuffle(gh, [2, 3, 7, 6])"],
    ["lstmStepBackward", "lstm-gates.js", "flush(fn, dCell.mul(f.value))", "flush(fn, dCell.mul(i.value))"],
    ["rnnStep", "rnn-gates.js", "alive.select(value, F32x4.load(hRow))", "value"],
    ["update", "optimizer.js", "fn.splat(1 - rule.beta2)", "fn.splat(1 - rule.beta1)"],
    ["softmaxBackward", "softmax-rows.js", ".sub(mean)", ".sub(mean.add(mean))"],
    ["lossRows", "rare-elementwise-loss.js", "loss.delta / 2", "loss.delta"],
    ["metricRows", "rare-metric.js", ".ceil()", ""],
    ["lookupBackward", "gather.js", ".mulAdd(factor, F32x4.load(target", ".mulAdd(factor, F32x4.load(row"],
    ["columnSums", "rows.js", "(width - whole) / 4", "(width - whole) / 8"],
    ["sumRows", "numbered.js", "sum.get.mul(scale)", "sum.get"],
  ];
  const copy = spoilt("many", mistakes);
  const doctor = await import(pathToFileURL(join(copy, "dist/engine/doctor/index.js")).href);
  const tested: TestedKernel[] = await doctor.selfTest();
  const wrong = tested.filter(({ problem }) => problem !== "").map(({ kernel }) => kernel);
  expect(new Set(wrong)).toEqual(new Set(mistakes.flatMap(([kernels]) => kernels.split(" "))));
});
