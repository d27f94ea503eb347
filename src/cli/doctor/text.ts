import { counted } from "../../base/index.ts";
import { doubtOf } from "./advice.ts";
import type { Diagnosis } from "./diagnosis.ts";

const LABEL = 14;
const WIDTH = 100;

/** The diagnosis as a person reads it; ends with a newline. */
export function doctorText(found: Diagnosis): string {
  const { processor, cores, memory, simd, threads, selfTest } = found;
  const item = (label: string, text: string) => `${label.padEnd(LABEL)}${wrapped(text, LABEL)}`;
  const instructions = processor.instructions.length > 0 ? ` (${processor.instructions.join(", ")})` : "";
  const lines = [
    `Gruvy ${found.gruvy}, Node ${found.node}, V8 ${found.v8}, ${found.system}`,
    "",
    item("Processor", `${processor.model}${instructions}, ${coresText(cores)}`),
    item("Memory", memoryText(memory)),
    item("SIMD", simd.simd ? "128 bits" : "none: models cannot run here"),
    item("Multiply-add", fmaText[simd.fma]),
    item("256 bits", wideText[simd.wide]),
    item("Threads", `${threads.count}: ${threads.why}`),
    "",
    ...speedTable(found),
    item("Self-test", selfTestText(selfTest)),
    ...selfTest.problems.map(({ kernel, arithmetic, problem }) => `  ${kernel} (${arithmetic}): ${problem}`),
    ...(selfTest.threads === "" ? [] : [`  several threads: ${selfTest.threads}`]),
    "",
    "What would make it faster",
    ...found.advice.map((advice) => `- ${wrapped(advice, 2)}`),
  ];
  return `${lines.join("\n")}\n`;
}

const fmaText = {
  native: "fused, without a flag",
  flag: "fused, behind a flag of this V8; the commands set it",
  absent: "multiply and add apart: this V8 has no fused multiply-add",
} as const;

const wideText = {
  on: "used: V8's revectorizer is on, and its kernels give the bits of the plain ones",
  node: "not used: this V8 has no revectorizer that can be relied on; Node 24 or later has",
  processor: "not used: V8's revectorizer needs a processor with AVX2",
  refused: "not used: the revectorizer's kernels did not give the bits of the plain ones",
} as const;

function coresText({ machine, affinity, quota }: Diagnosis["cores"]): string {
  const own = affinity < machine ? `, ${affinity} of them for this process` : "";
  const container = quota === undefined ? "" : `; this container may use the time of ${Number(quota.toFixed(2))}`;
  return `${counted(machine, "core")}${own}${container}`;
}

function memoryText({ total, available, limit, addressable }: Diagnosis["memory"]): string {
  const container = limit === undefined ? "" : `; this container may use ${size(limit)}`;
  const most = addressable > 0 ? `one model can grow to ${size(addressable)}` : "no address space for a model";
  return `${size(total)}, ${size(available)} of it available${container}; ${most}`;
}

const size = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GB` : `${Math.round(bytes / 2 ** 20)} MB`;

function speedTable(found: Diagnosis): string[] {
  const { speed } = found;
  if (speed.length === 0) return [];
  const titles = speed.map(({ threads }) => counted(threads, "thread"));
  const rows = [
    { name: "multiply-add alone", cells: speed.map(({ multiplyAdd }) => multiplyAdd.toFixed(1)) },
    ...speed[0].products.map(({ shape }, i) => ({
      name: `matrix product ${shape}`,
      cells: speed.map(({ multiplyAdd, products }) => {
        const { gflops } = products[i];
        return `${gflops.toFixed(1)} (${Math.round((100 * gflops) / multiplyAdd)} %)`;
      }),
    })),
  ];
  const name = Math.max(...rows.map((row) => row.name.length));
  const line = (first: string, cells: readonly string[]) =>
    [first.padEnd(name), ...cells.map((cell) => cell.padStart(14))].join("  ");
  const doubt = doubtOf(found);
  const warning = doubt === undefined ? [] : [wrapped(`Not to be relied on: ${doubt}.`, 0)];
  return [line("GFLOP/s (share)", titles), ...rows.map((row) => line(row.name, row.cells)), ...warning, ""];
}

function selfTestText({ passed, kernels, arithmetic, problems, threads }: Diagnosis["selfTest"]): string {
  if (passed) {
    return `passed: ${kernels} kernels (${arithmetic.join("; ")}) agree with float64; one thread and several give the same bits`;
  }
  if (kernels === 0) return "FAILED: no kernel can run here";
  const wrong = new Set(problems.map(({ kernel }) => kernel)).size;
  const parts = [
    ...(wrong > 0 ? [`${wrong} of ${kernels} kernels are wrong`] : []),
    ...(threads === "" ? [] : ["several threads do not give the bits of one"]),
  ];
  return `FAILED: ${parts.join("; ")}`;
}

/** Broken between words, later lines indented. */
function wrapped(text: string, indent: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] === "") lines[last] = word;
    else if (indent + lines[last].length + 1 + word.length <= WIDTH) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
