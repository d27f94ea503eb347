import { GruvyError, type Tensor, type TensorLike, tensor } from "../base/index.ts";
import type { Staged } from "../engine/index.ts";
import type { InputSpec } from "./build.ts";

/** Data in the form that is staged: rows of equal width. */
export interface Rows {
  readonly rows: number;
  /** Steps of each row; 1 for rows without steps. */
  readonly steps: number;
  readonly input: Staged;
  readonly width: number;
  readonly target: Staged | undefined;
  readonly targetWidth: number;
  /** What each row, or each of its steps, counts in the loss; undefined where all count alike. */
  readonly weights?: Float32Array;
  /** Weights of a row. */
  readonly weightWidth?: number;
}

/** What targets must look like. */
export interface TargetSpec {
  readonly features: number;
  /** One target for every step. */
  readonly sequence: boolean;
  /** Targets of a row, for the steps of the model's inputs. */
  places(steps: readonly number[]): number;
  /** Class numbers below `features` instead of rows of features. */
  readonly classes: boolean;
}

const shapeText = (spec: InputSpec): string => {
  const steps = spec.steps ?? "steps";
  if (spec.kind === "tokens") return `[rows, ${steps}]`;
  return spec.kind === "vector" ? `[rows, ${spec.features}]` : `[rows, ${steps}, ${spec.features}]`;
};

function checkInputShape(x: Tensor, spec: InputSpec): void {
  const rank = spec.kind === "sequence" ? 3 : 2;
  const fits =
    x.shape.length === rank &&
    (spec.kind === "tokens" || x.shape[rank - 1] === spec.features) &&
    (spec.kind === "vector" || spec.steps === null || x.shape[1] === spec.steps);
  if (!fits) {
    throw new GruvyError("data/shape", `Expected x of shape ${shapeText(spec)}, found [${x.shape.join(", ")}]`);
  }
  if (spec.kind !== "vector" && x.shape[1] === 0)
    throw new GruvyError("data/empty", "Expected at least one step, found none");
}

function finite(data: Float32Array, width: number, what: string): Float32Array {
  for (let i = 0; i < data.length; i++) {
    if (data[i] - data[i] !== 0) {
      throw new GruvyError(
        "data/not-finite",
        `Expected finite numbers in ${what}, found ${data[i]} in row ${Math.floor(i / width)} at place ${i % width}`,
        "Fill in or drop what is missing, and scale what is too large for float32.",
      );
    }
  }
  return data;
}

/** Whole numbers from 0 to below a limit. */
function whole(x: Tensor, limit: number, width: number, what: "token" | "class"): Int32Array {
  const { data } = x;
  const out = data instanceof Int32Array ? data : new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!(value >= 0 && value < limit && Math.floor(value) === value)) {
      const place = width > 1 ? `row ${Math.floor(i / width)} at step ${i % width}` : `row ${i}`;
      throw new GruvyError(
        `data/${what}`,
        `Expected ${what === "token" ? "tokens" : "classes"} from 0 to ${limit - 1}, found ${value} in ${place}`,
        what === "token" ? "Raise inputDim of the embedding, or index words with fewer numbers." : "",
      );
    }
    out[i] = value;
  }
  return out;
}

function float(x: Tensor): Float32Array {
  return x.data instanceof Float32Array ? x.data : Float32Array.from(x.data);
}

/** A last axis of one may be there or not: [rows, 1] is as good as [rows]. */
const withoutOnes = (shape: readonly number[]): string => shape.join().replace(/(,1)+$/, "");

/** Checks data against a model and brings it into the staged form. `tokens`: how many different ones there are. */
export function prepareRows(
  x: TensorLike,
  y: TensorLike | undefined,
  spec: InputSpec,
  tokens: number,
  target: TargetSpec | undefined,
): Rows {
  const inputs = tensor(x);
  checkInputShape(inputs, spec);
  const [rows] = inputs.shape;
  if (rows === 0) throw new GruvyError("data/empty", "Expected at least one row, found none");
  const width = inputs.data.length / rows;
  const steps = spec.kind === "vector" ? 1 : inputs.shape[1];
  const input = spec.kind === "tokens" ? whole(inputs, tokens, width, "token") : finite(float(inputs), width, "x");
  if (!target) return { rows, steps, input, width, target: undefined, targetWidth: 0 };
  if (y === undefined) throw new GruvyError("data/target", "Expected targets y beside x, found none");
  const targets = tensor(y);
  const places = target.places([steps]);
  const targetWidth = places * (target.classes ? 1 : target.features);
  const expected = [rows, ...(target.sequence ? [places] : []), ...(target.classes ? [] : [target.features])];
  if (withoutOnes(targets.shape) !== withoutOnes(expected)) {
    throw new GruvyError(
      "data/shape",
      `Expected y of shape [${expected.join(", ")}] for ${rows} rows of x, found [${targets.shape.join(", ")}]`,
      target.classes ? `Targets are class numbers from 0 to ${target.features - 1}.` : "",
    );
  }
  const data = target.classes
    ? whole(targets, target.features, targetWidth, "class")
    : finite(float(targets), targetWidth, "y");
  return { rows, steps, input, width, target: data, targetWidth };
}

/** What the engine is given of rows. */
export const workOf = ({ rows, steps, input, target, weights }: Rows) => ({
  rows,
  steps: [steps],
  inputs: [input],
  targets: target,
  weights,
});

/** The rows from `from` to below `to`, without a copy. */
export function sliceRows(data: Rows, from: number, to: number): Rows {
  return {
    ...data,
    rows: to - from,
    input: data.input.subarray(from * data.width, to * data.width),
    target: data.target?.subarray(from * data.targetWidth, to * data.targetWidth),
    ...(data.weights && { weights: data.weights.subarray(from * data.weightWidth!, to * data.weightWidth!) }),
  };
}

/** Gathers rows in an order into arrays of its own, used again from call to call. */
export class Gatherer {
  private input: Staged | undefined;
  private target: Staged | undefined;
  private weights: Staged | undefined;

  gather(data: Rows, order: Uint32Array): Rows {
    const input = this.room("input", data.input, order.length * data.width);
    const target = data.target && this.room("target", data.target, order.length * data.targetWidth);
    const { weightWidth = 1 } = data;
    const weights = data.weights && (this.room("weights", data.weights, order.length * weightWidth) as Float32Array);
    order.forEach((row, i) => {
      weights?.set(data.weights!.subarray(row * weightWidth, (row + 1) * weightWidth), i * weightWidth);
      input.set(data.input.subarray(row * data.width, (row + 1) * data.width), i * data.width);
      target?.set(data.target!.subarray(row * data.targetWidth, (row + 1) * data.targetWidth), i * data.targetWidth);
    });
    return { ...data, rows: order.length, input, target, ...(weights && { weights }) };
  }

  private room(name: "input" | "target" | "weights", like: Staged, length: number): Staged {
    let room = this[name];
    if (!room || room.length < length || room.constructor !== like.constructor) {
      room = like instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
      this[name] = room;
    }
    return room.subarray(0, length);
  }
}
