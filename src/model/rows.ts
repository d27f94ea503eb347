import { GruvyError, type Tensor, type TensorsLike, tensor } from "../base/index.ts";
import { move, type Staged } from "../engine/index.ts";
import type { BuiltInput, InputSpec } from "./build.ts";
import { byName } from "./by-name.ts";

/** The numbers of an input or of an output's targets: so many of each row. */
export interface Column {
  readonly data: Staged;
  readonly width: number;
  /** Where it has steps, their time axis. */
  readonly axis: number | undefined;
}

/** Data in the form that is staged: rows of equal width. */
export interface Rows {
  readonly rows: number;
  /** Steps of each time axis. */
  readonly steps: readonly number[];
  readonly inputs: readonly Column[];
  /** For each output; undefined where it is not compared. */
  readonly targets: readonly (Column | undefined)[];
  /** What each row, or each of its steps, counts in the loss of each output; undefined where all count alike. */
  readonly weights?: readonly (Column | undefined)[];
}

/** What the targets of an output must look like. */
export interface TargetSpec {
  readonly name: string;
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

function checkInputShape(x: Tensor, spec: InputSpec, what: string): void {
  const rank = spec.kind === "sequence" ? 3 : 2;
  const fits =
    x.shape.length === rank &&
    (spec.kind === "tokens" || x.shape[rank - 1] === spec.features) &&
    (spec.kind === "vector" || spec.steps === null || x.shape[1] === spec.steps);
  if (!fits) {
    throw new GruvyError("data/shape", `Expected ${what} of shape ${shapeText(spec)}, found [${x.shape.join(", ")}]`);
  }
  if (spec.kind !== "vector" && x.shape[1] === 0)
    throw new GruvyError("data/empty", "Expected at least one step, found none");
}

function finite(data: Float32Array, width: number, what: string): Float32Array {
  for (let i = 0; i < data.length; i++) {
    if (data[i] - data[i] !== 0) {
      throw new GruvyError(
        "data/not-finite",
        `Expected finite numbers in ${what}, found ${data[i]} at row index ${Math.floor(i / width)}, value index ${i % width}`,
        "Fill in or drop what is missing, and scale what is too large for float32.",
      );
    }
  }
  return data;
}

/** Whole numbers from 0 to below a limit. */
function whole(x: Tensor, limit: number, width: number, what: "token" | "class", where: string): Int32Array {
  const { data } = x;
  const out = data instanceof Int32Array ? data : new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!(value >= 0 && value < limit && Math.floor(value) === value)) {
      const place = width > 1 ? `row index ${Math.floor(i / width)}, step index ${i % width}` : `row index ${i}`;
      throw new GruvyError(
        `data/${what}`,
        `Expected ${what === "token" ? "tokens" : "classes"} from 0 to ${limit - 1}, found ${value} at ${place}${where.length > 1 ? ` of ${where}` : ""}`,
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

/**
 * Checks data against a model and brings it into the staged form. `targets`: for each output what is expected of its
 * targets, undefined where it is not compared; without the list none are.
 */
export function prepareRows(
  x: TensorsLike,
  y: TensorsLike | undefined,
  inputs: readonly BuiltInput[],
  targets: readonly (TargetSpec | undefined)[] | undefined,
  outputs: readonly string[],
): Rows {
  const names = inputs.map(({ name }) => name);
  const given = byName(x, names, { what: "input", letter: "x" }).map((value) => tensor(value!));
  const label = (name: string, letter: string, all: readonly unknown[]) =>
    all.length === 1 ? letter : `${letter} of "${name}"`;
  const steps: number[] = [];
  const [{ shape: first }] = given;
  const rows = first[0];
  const columns = given.map((values, i): Column => {
    const spec = inputs[i];
    const what = label(spec.name, "x", inputs);
    checkInputShape(values, spec, what);
    if (values.shape[0] === 0) throw new GruvyError("data/empty", "Expected at least one row, found none");
    sameRows(values, rows, what, names[0]);
    if (spec.axis !== undefined) {
      const known = steps[spec.axis] ?? values.shape[1];
      if (known !== values.shape[1]) {
        const others = inputs.filter((other, j) => j < i && other.axis === spec.axis).map(({ name }) => `"${name}"`);
        throw new GruvyError(
          "data/shape",
          `Expected x of "${spec.name}" to have ${known} steps like that of ${others.join(", ")}, found ${values.shape[1]}`,
          "The model joins them step by step.",
        );
      }
      steps[spec.axis] = known;
    }
    const width = values.data.length / values.shape[0];
    const data =
      spec.kind === "tokens" ? whole(values, spec.tokens, width, "token", what) : finite(float(values), width, what);
    return { data, width, axis: spec.axis };
  });
  if (!targets) return { rows, steps, inputs: columns, targets: [] };
  if (y === undefined) throw new GruvyError("data/target", "Expected targets y beside x, found none");
  const compared = targets.map((target) => target !== undefined);
  const wanted = byName(y, outputs, { what: "output", letter: "y", needed: compared });
  return {
    rows,
    steps,
    inputs: columns,
    targets: targets.map((target, i) =>
      target
        ? prepareTargets(tensor(wanted[i]!), target, { rows, steps, what: label(target.name, "y", outputs) })
        : undefined,
    ),
  };
}

function sameRows({ shape }: Tensor, rows: number, what: string, first: string): void {
  if (shape[0] === rows) return;
  throw new GruvyError(
    "data/shape",
    `Expected ${what} to have ${rows} rows like that of "${first}", found ${shape[0]}`,
    "Each row of an input belongs to the same row of the others.",
  );
}

function prepareTargets(
  targets: Tensor,
  target: TargetSpec,
  { rows, steps, what }: { rows: number; steps: readonly number[]; what: string },
): Column {
  const places = target.places(steps);
  const expected = [rows, ...(target.sequence ? [places] : []), ...(target.classes ? [] : [target.features])];
  const width = places * (target.classes ? 1 : target.features);
  if (withoutOnes(targets.shape) !== withoutOnes(expected)) {
    throw new GruvyError(
      "data/shape",
      `Expected ${what} of shape [${expected.join(", ")}] for ${rows} rows of x, found [${targets.shape.join(", ")}]`,
      target.classes ? `Targets are class numbers from 0 to ${target.features - 1}.` : "",
    );
  }
  const data = target.classes
    ? whole(targets, target.features, width, "class", what)
    : finite(float(targets), width, what);
  return { data, width, axis: undefined };
}

const sliceColumn = <C extends Column | undefined>(column: C, from: number, to: number): C =>
  (column && { ...column, data: column.data.subarray(from * column.width, to * column.width) }) as C;

/** The rows from `from` to below `to`, without a copy. */
export function sliceRows(data: Rows, from: number, to: number): Rows {
  return {
    ...data,
    rows: to - from,
    inputs: data.inputs.map((column) => sliceColumn(column, from, to)),
    targets: data.targets.map((column) => sliceColumn(column, from, to)),
    ...(data.weights && { weights: data.weights.map((column) => sliceColumn(column, from, to)) }),
  };
}

/** Rows as a program takes them. */
export function workOf({ rows, steps, inputs, targets, weights }: Rows) {
  return {
    rows,
    steps,
    inputs: inputs.map(({ data }) => data),
    targets: targets.map((target) => target?.data),
    weights: weights?.map((column) => column?.data as Float32Array | undefined),
  };
}

/** Gathers rows in an order into arrays of its own, used again from call to call. */
export class Gatherer {
  readonly #rooms = new Map<string, Staged>();

  gather(data: Rows, order: Uint32Array): Rows {
    const gathered = <C extends Column | undefined>(column: C, name: string): C => {
      if (!column) return column;
      const { data: from, width } = column;
      const to = this.#room(name, from, order.length * width);
      order.forEach((row, i) => {
        move(to, i * width, from, row * width, width);
      });
      return { ...column, data: to };
    };
    return {
      ...data,
      rows: order.length,
      inputs: data.inputs.map((column, i) => gathered(column, `x${i}`)),
      targets: data.targets.map((column, i) => gathered(column, `y${i}`)),
      ...(data.weights && { weights: data.weights.map((column, i) => gathered(column, `w${i}`)) }),
    };
  }

  #room(name: string, like: Staged, length: number): Staged {
    let room = this.#rooms.get(name);
    if (!room || room.length < length || room.constructor !== like.constructor) {
      room = like instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
      this.#rooms.set(name, room);
    }
    return room.subarray(0, length);
  }
}
