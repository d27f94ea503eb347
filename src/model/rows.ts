import { type Tensor, type TensorsLike, tensor } from "../base/index.ts";
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

/** Whether an input has the shape that its layers expect. */
export function fitsInput({ shape }: Tensor, spec: InputSpec): boolean {
  const rank = spec.kind === "sequence" ? 3 : 2;
  return (
    shape.length === rank &&
    (spec.kind === "tokens" || shape[rank - 1] === spec.features) &&
    (spec.kind === "vector" || spec.steps === null || shape[1] === spec.steps)
  );
}

/** Whether a number is a token or a class, of which there are so many. */
export const isWhole = (value: number, limit: number): boolean =>
  value >= 0 && value < limit && Math.floor(value) === value;

function finite({ data }: Tensor): Float32Array | undefined {
  const out = data instanceof Float32Array ? data : Float32Array.from(data);
  for (let i = 0; i < out.length; i++) if (out[i] - out[i] !== 0) return undefined;
  return out;
}

/** Whole numbers from 0 to below a limit. */
function whole({ data }: Tensor, limit: number): Int32Array | undefined {
  const out = data instanceof Int32Array ? data : new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (!isWhole(data[i], limit)) return undefined;
    out[i] = data[i];
  }
  return out;
}

/** A last axis of one may be there or not: [rows, 1] is as good as [rows]. */
const withoutOnes = (shape: readonly number[]): string => shape.join().replace(/(,1)+$/, "");

/** The shape that the targets of so many rows have. */
export const targetShape = (target: TargetSpec, rows: number, steps: readonly number[]): number[] => [
  rows,
  ...(target.sequence ? [target.places(steps)] : []),
  ...(target.classes ? [] : [target.features]),
];

export const fitsTargets = ({ shape }: Pick<Tensor, "shape">, expected: readonly number[]): boolean =>
  withoutOnes(shape) === withoutOnes(expected);

/** What data are checked against: inputs, and for each output what is expected of its targets. */
export interface Expected {
  readonly inputs: readonly BuiltInput[];
  /** Undefined where no targets are given; of an output where it is not compared. */
  readonly targets: readonly (TargetSpec | undefined)[] | undefined;
  readonly outputs: readonly string[];
}

/** The tensors of the inputs, where all are there. */
export const inputsOf = (x: TensorsLike, { inputs }: Expected): Tensor[] | undefined =>
  byName(
    x,
    inputs.map(({ name }) => name),
  )?.map((value) => tensor(value!));

/** The targets of the outputs, where all are there; undefined for one that is not compared. */
export function targetsIn(y: TensorsLike, { targets = [], outputs }: Expected): (Tensor | undefined)[] | undefined {
  const needed = targets.map((target) => target !== undefined);
  return byName(y, outputs, needed)?.map((value, i) => (needed[i] ? tensor(value!) : undefined));
}

/** Brings data into the staged form; undefined where something is wrong with them, which `refuseRows` tells. */
export function prepareRows(x: TensorsLike, y: TensorsLike | undefined, expected: Expected): Rows | undefined {
  const { inputs, targets } = expected;
  const given = inputsOf(x, expected);
  if (!given) return undefined;
  const rows = given[0].shape[0];
  const steps: number[] = [];
  const columns: Column[] = [];
  for (const [i, values] of given.entries()) {
    const { kind, axis, tokens } = inputs[i];
    const count = values.shape[1];
    if (!fitsInput(values, inputs[i]) || rows === 0 || values.shape[0] !== rows || count === 0) return undefined;
    if (axis !== undefined) steps[axis] ??= count;
    if (axis !== undefined && steps[axis] !== count) return undefined;
    const data = kind === "tokens" ? whole(values, tokens) : finite(values);
    if (!data) return undefined;
    columns.push({ data, width: data.length / rows, axis });
  }
  const prepared: Rows = { rows, steps, inputs: columns, targets: [] };
  if (!targets) return prepared;
  const wanted = y === undefined ? undefined : targetsIn(y, expected);
  if (!wanted) return undefined;
  const compared: (Column | undefined)[] = [];
  for (const [i, values] of wanted.entries()) {
    const target = targets[i];
    let column: Column | undefined;
    if (target && values) {
      if (!fitsTargets(values, targetShape(target, rows, steps))) return undefined;
      const data = target.classes ? whole(values, target.features) : finite(values);
      if (!data) return undefined;
      column = { data, width: data.length / rows, axis: undefined };
    }
    compared.push(column);
  }
  return { ...prepared, targets: compared };
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
