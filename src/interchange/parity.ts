import { finiteNumber, GruvyError, refuseUnknown, shown, type Tensor, type TensorLike, tensor } from "../base/index.ts";
import { decodeNpz } from "../storage/foreign.ts";
import { type StoredTensor, toTensor } from "../storage/index.ts";

/** Inputs, and what another system answered to them. */
export interface ParitySamples {
  readonly x: TensorLike;
  readonly y: TensorLike;
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
  readonly worst: { readonly index: readonly number[]; readonly found: number; readonly expected: number };
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
  model: { predict(x: TensorLike): Promise<Tensor> },
  samples: ParitySamples,
  options: ParityOptions = {},
): Promise<Parity> {
  refuseUnknown(options, ["absolute", "relative"], "checkParity");
  const { absolute = 1e-5, relative = 1e-4 } = options;
  finiteNumber(absolute, "absolute of checkParity", { min: 0 });
  finiteNumber(relative, "relative of checkParity", { min: 0 });
  const expected = tensor(samples.y);
  const found = await model.predict(samples.x);
  if (found.shape.join() !== expected.shape.join()) {
    throw new GruvyError(
      "data/shape",
      `Expected answers of shape [${expected.shape.join(", ")}] as stored, found [${found.shape.join(", ")}]`,
      "Are the samples of this model?",
    );
  }
  const largest = { absolute: 0, relative: 0, share: -1, at: 0 };
  let beyond = 0;
  for (let i = 0; i < found.data.length; i++) {
    const [a, b] = [found.data[i], expected.data[i]];
    // NaN where NaN was stored is the same answer; a NaN on one side is off without bound.
    const off = Object.is(a, b) ? 0 : Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b);
    const allowed = absolute + relative * Math.abs(b);
    const share = off === 0 ? 0 : off / allowed;
    if (share > 1) beyond++;
    largest.absolute = Math.max(largest.absolute, off);
    if (off > absolute) largest.relative = Math.max(largest.relative, off / Math.abs(b));
    if (share > largest.share) Object.assign(largest, { share, at: i });
  }
  const worst =
    found.data.length === 0
      ? { found: 0, expected: 0 }
      : { found: found.data[largest.at], expected: expected.data[largest.at] };
  return {
    absolute: largest.absolute,
    relative: largest.relative,
    worst: { index: indexOf(largest.at, found.shape), ...worst },
    compared: found.data.length,
    beyond,
    agrees: beyond === 0,
  };
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

const inputNames = ["x", "input", "inputs"];
const outputNames = ["y", "output", "outputs"];

/**
 * Samples from an `.npz` of NumPy: `numpy.savez("samples.npz", x=x, y=model.predict(x))`.
 *
 * @throws {GruvyError} `data/samples` where it has not both, and what `decodeNpz` throws.
 */
export async function readSamples(bytes: Uint8Array, { source = "the samples" } = {}): Promise<ParitySamples> {
  const arrays = await decodeNpz(bytes, { source });
  return { x: one(arrays, inputNames, source), y: one(arrays, outputNames, source) };
}

function one(arrays: ReadonlyMap<string, StoredTensor>, names: readonly string[], source: string): Tensor {
  const found = names.filter((name) => arrays.has(name));
  if (found.length === 1) return toTensor(arrays.get(found[0])!, found[0]);
  throw new GruvyError(
    "data/samples",
    `Expected one array named ${names.join(" or ")} in ${source}, found ${[...arrays.keys()].map(shown).join(", ") || "none"}`,
    "Save them with numpy.savez(file, x=x, y=model.predict(x)).",
  );
}
