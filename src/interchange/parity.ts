import {
  finiteNumber,
  GruvyError,
  refuseUnknown,
  shown,
  Tensor,
  type TensorLike,
  type TensorsLike,
  tensor,
} from "../base/index.ts";
import { decodeNpz } from "../storage/foreign.ts";
import { type StoredTensor, toTensor } from "../storage/index.ts";

/** Inputs, and what another system answered to them; lists, or objects by name, where a model has several. */
export interface ParitySamples {
  readonly x: TensorsLike;
  readonly y: TensorsLike;
}

/** What `checkParity` can be told: an answer agrees when it is off by at most `absolute` + `relative` * |expected|. */
export interface ParityOptions {
  /** Default 1e-5. */
  readonly absolute?: number;
  /** Default 1e-4. */
  readonly relative?: number;
}

/** How far a model is from stored answers. */
export interface Parity {
  /** The largest |found - expected|. */
  readonly absolute: number;
  /** The largest |found - expected| / |expected|, of the numbers that are off by more than the absolute tolerance. */
  readonly relative: number;
  /** The number that is furthest beyond the tolerance, or nearest to it. */
  readonly worst: {
    /** Of several outputs the place or name of the one. */
    readonly output?: string;
    readonly index: readonly number[];
    readonly found: number;
    readonly expected: number;
  };
  /** How many numbers were compared, and how many are beyond the tolerance. */
  readonly compared: number;
  readonly beyond: number;
  readonly agrees: boolean;
}

/**
 * Compares a model's answers with those that another system gave to the same inputs.
 *
 * @throws {GruvyError} `data/shape` where answers have another shape than the stored ones.
 * @example
 * const model = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: "ones" })]);
 * const { agrees, absolute } = await checkParity(model, { x: [[1, 2], [3, 4]], y: [[3], [7.5]] });
 * agrees;   // false
 * absolute; // 0.5
 */
export async function checkParity(
  model: { predict(x: TensorsLike): Promise<unknown> },
  samples: ParitySamples,
  options: ParityOptions = {},
): Promise<Parity> {
  refuseUnknown(options, ["absolute", "relative"], "checkParity");
  const { absolute = 1e-5, relative = 1e-4 } = options;
  finiteNumber(absolute, "absolute of checkParity", { min: 0 });
  finiteNumber(relative, "relative of checkParity", { min: 0 });
  const answers = await model.predict(samples.x);
  const pairs = outputsOf(answers, samples.y);
  const largest = { absolute: 0, relative: 0, share: -1 };
  let worst: Parity["worst"] = { index: [], found: 0, expected: 0 };
  let [compared, beyond] = [0, 0];
  for (const { output, found, expected } of pairs) {
    compared += found.data.length;
    for (let i = 0; i < found.data.length; i++) {
      const [a, b] = [found.data[i], expected.data[i]];
      // NaN where NaN was stored is the same answer; a NaN on one side is off without bound.
      const off = Object.is(a, b) ? 0 : Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b);
      const share = off === 0 ? 0 : off / (absolute + relative * Math.abs(b));
      if (share > 1) beyond++;
      largest.absolute = Math.max(largest.absolute, off);
      if (off > absolute) largest.relative = Math.max(largest.relative, off / Math.abs(b));
      if (share <= largest.share) continue;
      largest.share = share;
      worst = { ...(output === undefined ? {} : { output }), index: indexOf(i, found.shape), found: a, expected: b };
    }
  }
  return { absolute: largest.absolute, relative: largest.relative, worst, compared, beyond, agrees: beyond === 0 };
}

interface Pair {
  readonly output?: string;
  readonly found: Tensor;
  readonly expected: Tensor;
}

/** Answers beside the stored ones, of each output. */
function outputsOf(answers: unknown, stored: TensorsLike): Pair[] {
  if (answers instanceof Tensor) return [pairOf(undefined, answers, stored as TensorLike)];
  const found = new Map(Object.entries(answers as Record<string, Tensor>));
  const expected = new Map(Object.entries(stored));
  const [ours, theirs] = [[...found.keys()].sort().join(", "), [...expected.keys()].sort().join(", ")];
  if (ours !== theirs) {
    throw new GruvyError(
      "data/samples",
      `Expected stored answers of the outputs ${ours}, found ${theirs}`,
      "Are the samples of this model?",
    );
  }
  return Array.from(found, ([output, tensor]) => pairOf(output, tensor, expected.get(output) as TensorLike));
}

function pairOf(output: string | undefined, found: Tensor, stored: TensorLike): Pair {
  const expected = tensor(stored);
  if (found.shape.join() === expected.shape.join()) return { output, found, expected };
  throw new GruvyError(
    "data/shape",
    `Expected answers of shape [${expected.shape.join(", ")}] as stored, found [${found.shape.join(", ")}]`,
    "Are the samples of this model?",
  );
}

function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/**
 * Samples from an `.npz` of NumPy: `numpy.savez("samples.npz", x=x, y=model.predict(x))`; of several inputs or outputs
 * `x0`, `x1`... and `y0`, `y1`...
 *
 * @throws {GruvyError} `data/samples` where it has not both, and what `decodeNpz` throws.
 */
export async function readSamples(bytes: Uint8Array, { source = "the samples" } = {}): Promise<ParitySamples> {
  const arrays = await decodeNpz(bytes, { source });
  return { x: arrayOf(arrays, "x", source), y: arrayOf(arrays, "y", source) };
}

function arrayOf(arrays: ReadonlyMap<string, StoredTensor>, name: "x" | "y", source: string): TensorsLike {
  const one = arrays.get(name);
  if (one) return toTensor(one, name);
  const several: Tensor[] = [];
  for (let i = 0; arrays.has(`${name}${i}`); i++) several.push(toTensor(arrays.get(`${name}${i}`)!, `${name}${i}`));
  if (several.length > 0) return several;
  throw new GruvyError(
    "data/samples",
    `Expected an array named ${name} in ${source}, or ${name}0, ${name}1..., found ${[...arrays.keys()].map(shown).join(", ") || "none"}`,
    "Save them with numpy.savez(file, x=x, y=model.predict(x)).",
  );
}
