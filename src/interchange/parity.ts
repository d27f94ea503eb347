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

/** A number of an answer, and what was stored for it. */
export interface ParityPlace {
  /** Of several outputs the place or name of the one. */
  readonly output?: string;
  readonly index: readonly number[];
  readonly found: number;
  readonly expected: number;
}

/** How far a model is from stored answers. */
export interface Parity {
  /** The largest |found - expected|. */
  readonly absolute: number;
  /** The largest |found - expected| / |expected|, of the numbers that are off by more than the absolute tolerance. */
  readonly relative: number;
  /** The number that is off by the most, as `absolute` says. */
  readonly largest: ParityPlace;
  /** The number that is furthest beyond the tolerance, or nearest to it: a large number may be off by more. */
  readonly worst: ParityPlace;
  /** How many numbers were compared, and how many are beyond the tolerance. */
  readonly compared: number;
  readonly beyond: number;
  readonly agrees: boolean;
}

/**
 * Compares a model's answers with those that another system gave to the same inputs. Of several outputs they may be a
 * list or an object by name, whichever the model gives.
 *
 * @throws {GruvyError} `data/shape` where answers have another shape than the stored ones, `data/samples` where they are of
 *   other outputs, and what `predict` throws of `x`.
 * @example
 * const model = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: "ones" })]);
 * const { agrees, absolute } = await checkParity(model, { x: [[1, 2], [3, 4]], y: [[3], [7.5]] });
 * agrees;   // false
 * absolute; // 0.5
 */
export async function checkParity(
  model: { predict(x: TensorsLike): Promise<unknown>; readonly outputNames?: readonly string[] },
  samples: ParitySamples,
  options: ParityOptions = {},
): Promise<Parity> {
  refuseUnknown(options, ["absolute", "relative"], "checkParity");
  const { absolute = 1e-5, relative = 1e-4 } = options;
  finiteNumber(absolute, "absolute of checkParity", { min: 0 });
  finiteNumber(relative, "relative of checkParity", { min: 0 });
  const answers = await model.predict(samples.x);
  const pairs = outputsOf(answers, samples.y, model.outputNames);
  const most = { absolute: -1, relative: 0, share: -1 };
  let worst: ParityPlace = { index: [], found: 0, expected: 0 };
  let largest = worst;
  let [compared, beyond] = [0, 0];
  for (const { output, found, expected } of pairs) {
    compared += found.data.length;
    for (let i = 0; i < found.data.length; i++) {
      const [a, b] = [found.data[i], expected.data[i]];
      // NaN where NaN was stored is the same answer; a NaN on one side is off without bound.
      const off = Object.is(a, b) ? 0 : Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b);
      const bound = Number.isFinite(b) ? absolute + relative * Math.abs(b) : 0;
      const share = off === 0 ? 0 : off / bound;
      if (share > 1) beyond++;
      if (off > absolute) most.relative = Math.max(most.relative, Number.isFinite(b) ? off / Math.abs(b) : off);
      if (share <= most.share && off <= most.absolute) continue;
      const named = output === undefined ? {} : { output };
      const place = { ...named, index: indexOf(i, found.shape), found: a, expected: b };
      if (off > most.absolute) [most.absolute, largest] = [off, place];
      if (share > most.share) [most.share, worst] = [share, place];
    }
  }
  return {
    absolute: Math.max(0, most.absolute),
    relative: most.relative,
    largest,
    worst,
    compared,
    beyond,
    agrees: beyond === 0,
  };
}

interface Pair {
  readonly output?: string;
  readonly found: Tensor;
  readonly expected: Tensor;
}

/** Answers beside the stored ones, of each output; `names` are those of a model whose answers are a list. */
function outputsOf(answers: unknown, stored: TensorsLike, names: readonly string[] | undefined): Pair[] {
  if (answers instanceof Tensor) {
    const named = isNamed(stored) ? Object.values(stored) : undefined;
    if (named && named.length !== 1) throw otherOutputs(names ?? ["one"], Object.keys(stored));
    return [pairOf(undefined, answers, named ? named[0] : (stored as TensorLike))];
  }
  const keys = Object.keys(answers as object);
  const found = Object.values(answers as Record<string, Tensor>);
  const own = Array.isArray(answers) ? (names ?? keys) : keys;
  if (!isNamed(stored)) {
    const list: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
    if (list.length !== found.length) throw otherOutputs(own, list.length);
    return found.map((tensor, i) => pairOf(keys[i], tensor, list[i] as TensorLike));
  }
  const theirs = Object.keys(stored);
  // By the names of the outputs, or by their places.
  const known = [own, keys].find((list) => [...list].sort().join("\n") === [...theirs].sort().join("\n"));
  if (known === undefined) throw otherOutputs(own, theirs);
  return found.map((tensor, i) => pairOf(known[i], tensor, stored[known[i]]));
}

/** Arrays by name, and no array itself. */
const isNamed = (value: TensorsLike): value is Readonly<Record<string, TensorLike>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !(value instanceof Tensor);

function otherOutputs(own: readonly string[], found: number | readonly string[]): GruvyError {
  const theirs = typeof found === "number" ? `${found} of them` : found.map(shown).join(", ");
  return new GruvyError(
    "data/samples",
    `Expected stored answers of the output${own.length === 1 ? "" : "s"} ${own.map(shown).join(", ")}, found ${theirs}`,
    own.length === 1
      ? "Save them as y, with numpy.savez(file, x=x, y=model.predict(x))."
      : `Save one array for each: ${own.map((name, i) => `y${i} for ${shown(name)}`).join(", ")}.`,
  );
}

function pairOf(output: string | undefined, found: Tensor, stored: TensorLike): Pair {
  const expected = tensor(stored);
  if (found.shape.join() === expected.shape.join()) return { output, found, expected };
  throw new GruvyError(
    "data/shape",
    `Expected answers${output === undefined ? "" : ` of the output ${shown(output)}`} of shape [${expected.shape.join(", ")}] as stored, found [${found.shape.join(", ")}]`,
    "Save what model.predict(x) gives, as it is, for the same rows of x.",
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
 * `x0`, `x1`... and `y0`, `y1`..., in their order, or `x_left`, `y_score`, by their names.
 *
 * Numbers of any type and byte order are read. Arrays whose names begin otherwise are left aside.
 *
 * @throws {GruvyError} `data/samples` where it has not both, or more of them, and what `decodeNpz` throws.
 */
export async function readSamples(bytes: Uint8Array, { source = "the samples" } = {}): Promise<ParitySamples> {
  // The first bytes of an .npy file.
  if (String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY") throw lacking("x and y", source, "one array alone");
  const arrays = await decodeNpz(bytes, { source });
  return { x: arraysOf(arrays, "x", source), y: arraysOf(arrays, "y", source) };
}

function arraysOf(arrays: ReadonlyMap<string, StoredTensor>, letter: "x" | "y", source: string): TensorsLike {
  const names = [...arrays.keys()].filter((name) => name.startsWith(letter));
  const read = (name: string) => toTensor(arrays.get(name)!, name);
  if (names.length === 1 && names[0] === letter) return read(letter);
  const places = names.map((_, i) => `${letter}${i}`);
  if (names.length > 0 && places.every((name) => arrays.has(name))) return places.map(read);
  if (names.length > 0 && names.every((name) => name[1] === "_" && name.length > 2)) {
    return Object.fromEntries(names.map((name) => [name.slice(2), read(name)]));
  }
  const found = (names.length > 0 ? names : [...arrays.keys()]).map(shown).join(", ");
  throw lacking(`${letter}, or ${letter}0, ${letter}1..., or ${letter}_ and names`, source, found || "none");
}

const lacking = (names: string, source: string, found: string): GruvyError =>
  new GruvyError(
    "data/samples",
    `Expected arrays named ${names} in ${source}, found ${found}`,
    "Save them with numpy.savez(file, x=x, y=model.predict(x)); of several inputs and outputs x0, x1..., y0, y1....",
  );
