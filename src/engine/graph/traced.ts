import { gateStride, padded, stride } from "../kernels/index.ts";
import type { Op } from "./op.ts";
import { isRelu } from "./ops/activation.ts";
import { RecurrentOp } from "./ops/recurrent.ts";
import type { TimeAxis, Value } from "./value.ts";

/** Rows of numbers that a recurrent op keeps at each step for a trace: [step][row] in a buffer of its own. */
export interface TracedPart {
  readonly name: string;
  readonly buffer: string;
  readonly units: number;
  /** Floats from one row to the next, and to the first number within a row. */
  readonly rowFloats: number;
  readonly offset: number;
  /** The slot of the first step: states have one more in front, or where they go backwards behind. */
  readonly slot: 0 | 1;
  /** Computed from the step alone, and so of no meaning where the step is masked. */
  readonly gate: boolean;
}

/** What a trace shows of an op. The owner of the buffers is the op, or the value that it makes. */
export interface TracedOp {
  readonly op: Op | Value;
  readonly path: string;
  /** undefined where it has one step. */
  readonly axis: TimeAxis | undefined;
  readonly mask: Value | undefined;
  /** It begins with the last step. */
  readonly backwards?: boolean;
  readonly parts: readonly TracedPart[];
}

/** What can be shown of an op; undefined where it is not recurrent. Of cells that are formulas it is the states. */
export function tracedOf(op: Op): TracedOp | undefined {
  if (op instanceof RecurrentOp) {
    const { cell, axis, mask } = op;
    const { units, path, goBackwards } = op.options;
    const slot = goBackwards ? 0 : 1;
    const state = (name: string): TracedPart => ({ ...stateOf(name, units, slot), buffer: name });
    const gates = Object.entries(cell.gates).map(
      ([name, block]): TracedPart => ({
        name,
        buffer: "gates",
        units,
        rowFloats: gateStride(units, cell.blocks),
        offset: block * padded(units),
        slot: 0,
        gate: true,
      }),
    );
    const parts = [...gates, ...(cell.cellState ? [state("c")] : []), state("h")];
    return { op, path, axis, mask, backwards: goBackwards, parts };
  }
  return op.traced?.();
}

/** A state as a trace shows it. */
export const stateOf = (name: string, units: number, slot: 0 | 1) => ({
  name,
  units,
  rowFloats: stride(units),
  offset: 0,
  slot,
  gate: false,
});

/** What layers give behind their relu, for a trace that shows nothing else. */
export function rectifiedOf(op: Op): TracedOp | undefined {
  const weight = isRelu(op) ? op.inputs[0].op?.weights[0] : undefined;
  return weight && outputOf(op.output, weight.path.slice(0, weight.path.lastIndexOf("/")));
}

/** Beside what recurrent ops compute, the values that have a name. */
export const namedOf =
  (names: ReadonlyMap<Value, string>) =>
  (op: Op): TracedOp | undefined => {
    const name = names.get(op.output);
    return tracedOf(op) ?? (name === undefined ? undefined : outputOf(op.output, name));
  };

function outputOf(output: Value, path: string): TracedOp {
  const { features, axis, mask } = output;
  const part: TracedPart = { ...stateOf("output", features, 0), buffer: "value", gate: true };
  return { op: output, path, axis, mask, parts: [part] };
}
