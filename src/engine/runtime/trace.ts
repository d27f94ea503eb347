import { GruvyError } from "../../base/index.ts";
import {
  type FrozenPlan,
  namedOf,
  rectifiedOf,
  type TracedPlace,
  type Value,
  type Weight,
  writeTracer,
} from "../graph/index.ts";
import type { Executable } from "./executable.ts";
import { pack } from "./packing.ts";
import type { Work } from "./work.ts";

/** What a layer computed: numbers [row][step][unit] by name, in the order of the input's time. */
export interface Traced {
  /** As its weights' paths begin: "gru/gru_cell". */
  readonly path: string;
  readonly steps: number;
  /** It begins with the last step. */
  readonly backwards: boolean;
  readonly values: readonly { readonly name: string; readonly units: number; readonly data: Float32Array }[];
}

/**
 * Gates and states of every recurrent layer at each step of some rows, as the kernels of `predict` compute them: the
 * same code, written once more such that it keeps them. At steps that the layer's mask leaves out gates are 0.
 */
export function traceRows(executable: Executable, work: TracedWork): Promise<Traced[]> {
  return trace(executable, work);
}

/** What dense layers and convolutions give behind their relu, of one step where they have none; 0 at masked steps. */
export function traceRectified(executable: Executable, work: TracedWork): Promise<Traced[]> {
  return trace(executable, work, rectifiedOf);
}

/** What recurrent layers compute, and the values that have a name where they are laid down: in the order of the graph. */
export function traceNamed(
  executable: Executable,
  work: TracedWork,
  names: ReadonlyMap<Value, string>,
): Promise<Traced[]> {
  return trace(executable, work, namedOf(names));
}

type TracedWork = Pick<Work, "rows" | "steps" | "inputs">;

async function trace(
  executable: Executable,
  work: TracedWork,
  shown?: Parameters<typeof writeTracer>[1],
): Promise<Traced[]> {
  const { weights, fused } = executable;
  const outputs = executable.outputs.map(({ value }) => value);
  const values = await Promise.all(weights.map((weight) => executable.getWeight(weight)));
  const options = { outputs, fma: fused, pack: (weight: Weight) => pack(weight, values[weights.indexOf(weight)]) };
  const { code, plan, traced } = await writeTracer(options, shown);
  const { instance } = await WebAssembly.instantiate(code);
  const run = runner(instance.exports as unknown as Exports, plan);
  const results = traced.map(({ path, axis, backwards = false, parts }) => {
    const steps = axis ? axis.steps(work.steps) : 1;
    const values = parts.map(({ name, units }) => ({ name, units, data: new Float32Array(work.rows * steps * units) }));
    return { path, steps, backwards, values };
  });
  for (let first = 0; first < work.rows; first += plan.rows) {
    const rows = Math.min(plan.rows, work.rows - first);
    const inputs = work.inputs.map((input) => {
      const width = input.length / work.rows;
      return input.subarray(first * width, (first + rows) * width);
    });
    const memory = run(rows, work.steps, inputs);
    traced.forEach((op, i) => {
      copyTrace(memory, op, results[i], { first, rows });
    });
  }
  return results;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  lay(rows: number, ...steps: number[]): number;
  run(): void;
}

function runner({ memory, lay, run }: Exports, plan: FrozenPlan) {
  return (rows: number, steps: readonly number[], inputs: Work["inputs"]): ArrayBuffer => {
    if (!lay(rows, ...steps)) {
      throw new GruvyError(
        "engine/memory",
        `A trace of ${rows} rows of ${steps.join(", ")} steps needs more memory than can be addressed`,
        "Trace fewer rows or shorter ones.",
      );
    }
    const words = new Int32Array(memory.buffer);
    inputs.forEach((input, i) => {
      const at = words[plan.inputs + i];
      new Uint8Array(memory.buffer, at).set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
    });
    run();
    return memory.buffer;
  };
}

function copyTrace(
  memory: ArrayBuffer,
  { parts, words, maskWord }: TracedPlace,
  { steps, values }: Traced,
  { first, rows }: { readonly first: number; readonly rows: number },
): void {
  const integers = new Int32Array(memory);
  const floats = new Float32Array(memory);
  const begin = (word: number) => integers[word / 4] / 4;
  const masked = (place: number) => maskWord !== undefined && integers[begin(maskWord) + place] === 0;
  parts.forEach(({ units, rowFloats, offset, slot, gate }, i) => {
    const base = begin(words[i]) + offset + slot * rows * rowFloats;
    for (let row = 0; row < rows; row++) {
      for (let step = 0; step < steps; step++) {
        const place = step * rows + row;
        if (gate && masked(place)) continue;
        const from = base + place * rowFloats;
        values[i].data.set(floats.subarray(from, from + units), ((first + row) * steps + step) * units);
      }
    }
  });
}
