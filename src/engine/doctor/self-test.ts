import { rareKernels } from "../kernels/index.ts";
import { optimised, usesWide } from "../runtime/experimental.ts";
import { features, type Target } from "../wasm/index.ts";
import { attentionChecks } from "./attention.ts";
import { batchNormChecks } from "./batch-norm.ts";
import { Bench } from "./bench.ts";
import { cellChecks } from "./cells.ts";
import type { Check } from "./check.ts";
import { drawChecks } from "./draws.ts";
import { functionChecks } from "./functions.ts";
import { matrixChecks } from "./matrices.ts";
import { mergeChecks } from "./merging.ts";
import { metricChecks } from "./metrics.ts";
import { penaltyChecks } from "./penalties.ts";
import { rowChecks } from "./rows.ts";
import { sequenceChecks } from "./sequences.ts";
import { softmaxChecks } from "./softmax-gates.ts";
import { windowChecks } from "./windows.ts";

/** One kernel as written for one kind of arithmetic, held against its definition in float64. */
export interface TestedKernel {
  readonly kernel: string;
  readonly arithmetic: string;
  /** What is wrong: the shape, the element, what was found and expected; empty when nothing is. */
  readonly problem: string;
}

const checks: readonly Check[] = [
  ...matrixChecks,
  ...cellChecks,
  ...softmaxChecks,
  ...functionChecks,
  ...metricChecks,
  ...rowChecks,
  ...penaltyChecks,
  ...mergeChecks,
  ...sequenceChecks,
  ...windowChecks,
  ...batchNormChecks,
  ...attentionChecks,
  ...drawChecks,
];

/** What programs may be written for here; the first holds everywhere. */
function targets(): (readonly [arithmetic: string, target: Target])[] {
  const { fma } = features();
  return [
    ["multiply and add", { fma: false }],
    ...(fma ? [["fused", { fma: true }] as const] : []),
    ...(usesWide() ? [["fused, 256 bits", { fma: true, wide: true }] as const] : []),
  ];
}

/**
 * Runs every kernel that programs are made of on odd shapes, in this thread, for all arithmetic that this engine
 * offers, as V8 optimises it, and compares with the kernel's definition computed in float64. Takes a second or two.
 */
export async function selfTest(): Promise<TestedKernel[]> {
  await rareKernels.load();
  return optimised(() => targets().flatMap(tested));
}

function tested([arithmetic, target]: readonly [string, Target]): TestedKernel[] {
  const bench = new Bench(target);
  const problems = new Map<string, string>();
  for (const check of checks) {
    for (const [kernel, problem] of Object.entries(results(check, bench))) {
      if (!problems.get(kernel)) problems.set(kernel, problem);
    }
  }
  return [...problems].map(([kernel, problem]) => ({ kernel, arithmetic, problem }));
}

/** Also of a check that cannot be carried through: code that does not compile, traps or writes where it must not. */
function results({ kernels, run }: Check, bench: Bench): Record<string, string> {
  const clean = Object.fromEntries(kernels.map((kernel) => [kernel, ""]));
  try {
    return { ...clean, ...run(bench) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return Object.fromEntries(kernels.map((kernel) => [kernel, problem]));
  }
}
