// What is wrong with data that do not fit a model.

import { GruvyError, shown, type Tensor, type TensorsLike, tensor } from "../base/index.ts";
import { type InputSpec, takesTokens } from "./build.ts";
import { byName, isRecord } from "./by-name.ts";
import type { Network } from "./network.ts";
import {
  type Expected,
  fitsInput,
  fitsTargets,
  inputsOf,
  isWhole,
  type TargetSpec,
  targetShape,
  targetsIn,
} from "./rows.ts";

/**
 * Tells what `prepareRows` has found wrong.
 *
 * @param failure what `prepareRows` has thrown
 * @throws {GruvyError} always: `data/shape`, `data/empty`, `data/target`, `data/token`, `data/class`, `data/not-finite`, or
 *   what `tensor` throws, with the letter of the data before it
 */
export function refuseRows(x: TensorsLike, y: TensorsLike | undefined, expected: Expected, failure?: unknown): never {
  const { inputs, targets, outputs } = expected;
  checkNames(
    x,
    inputs.map(({ name }) => name),
    { what: "input", letter: "x" },
  );
  const given = of("x", () => inputsOf(x, expected)!);
  const rows = given[0].shape[0];
  const steps: number[] = [];
  const label = (name: string, letter: string, all: readonly unknown[]) =>
    all.length === 1 ? letter : `${letter} of "${name}"`;
  given.forEach((values, i) => {
    const spec = inputs[i];
    const what = label(spec.name, "x", inputs);
    checkInputShape(values, spec, what);
    if (values.shape[0] === 0) throw new GruvyError("data/empty", "Expected at least one row, found none");
    sameRows(values, rows, what, inputs[0].name);
    if (spec.axis !== undefined) {
      steps[spec.axis] ??= values.shape[1];
      if (steps[spec.axis] !== values.shape[1]) {
        const others = inputs.filter((other, j) => j < i && other.axis === spec.axis).map(({ name }) => `"${name}"`);
        throw new GruvyError(
          "data/shape",
          `Expected x of "${spec.name}" to have ${steps[spec.axis]} steps like that of ${others.join(", ")}, found ${values.shape[1]}`,
          "The model joins them step by step.",
        );
      }
    }
    if (spec.kind === "tokens") checkWhole(values, spec.tokens, "token", what);
    else checkFinite(values, what);
  });
  if (y === undefined) throw new GruvyError("data/target", "Expected targets y beside x, found none");
  checkNames(y, outputs, { what: "output", letter: "y", needed: targets?.map((target) => target !== undefined) });
  of("y", () => targetsIn(y, expected)!).forEach((values, i) => {
    const target = targets![i];
    if (!target || !values) return;
    const what = label(target.name, "y", outputs);
    checkTargetShape(values, target, { rows, steps, what });
    if (target.classes) checkWhole(values, target.features, "class", what);
    else checkFinite(values, what);
  });
  throw failure ?? new Error("nothing is wrong with these data");
}

/** Says of nested arrays that are no tensor which they are. */
function of<T>(letter: "x" | "y", make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    throw new GruvyError(error.code, `${letter}: ${error.message}`, "", { cause: error });
  }
}

/**
 * Tells why the first data do not say what a stack's input is.
 *
 * @throws {GruvyError} always: `data/shape`, `data/input`
 */
export function refuseFirst(x: TensorsLike, stack: Network): never {
  checkNames(x, stack.inputs, { what: "input", letter: "x" });
  const { shape } = tensor(byName(x, stack.inputs)![0]!);
  const tokens = takesTokens(stack, 0);
  if (!tokens && (shape.length === 2 || shape.length === 3)) {
    throw new GruvyError("data/shape", `Expected x to have at least one feature, found [${shape.join(", ")}]`);
  }
  const expected = tokens ? "[rows, steps]" : "[rows, features] or [rows, steps, features]";
  throw new GruvyError("data/shape", `Expected x of shape ${expected}, found [${shape.join(", ")}]`);
}

/** Tells that something is no signal. */
export function refuseSignal(signal: unknown): never {
  throw new GruvyError(
    "usage/option",
    `Expected signal to be an AbortSignal, found ${shown(signal)}`,
    "Of an AbortController give its signal.",
  );
}

/** Tells that a split leaves nothing to train on. */
export function refuseSplit(share: number, rows: number): never {
  throw new GruvyError("data/empty", `A validationSplit of ${share} leaves nothing of ${rows} rows to train on`);
}

interface Names {
  readonly what: "input" | "output";
  readonly letter: "x" | "y";
  /** Which ones must be there. Default: all. */
  readonly needed?: readonly boolean[];
}

function checkNames(given: TensorsLike, names: readonly string[], { what, letter, needed = [] }: Names): void {
  const all = names.map((name) => shown(name)).join(", ");
  const code = letter === "x" ? "data/input" : "data/target";
  const check = (value: unknown, i: number) => {
    if (value !== undefined || needed[i] === false) return;
    throw new GruvyError(
      code,
      `Expected ${letter} of the ${what} ${shown(names[i])}, found none`,
      `The model's ${what}s are ${all}.`,
    );
  };
  if (isRecord(given)) {
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new GruvyError(code, `The model has no ${what} ${shown(unknown)}`, `Its ${what}s are ${all}.`);
    }
    for (const [i, name] of names.entries()) check(Object.hasOwn(given, name) ? given[name] : undefined, i);
  } else if (names.length > 1) {
    if (!Array.isArray(given) || given.length !== names.length) {
      throw new GruvyError(
        "data/type",
        `Expected ${letter} to be a list of ${names.length} or an object by name, one for each ${what} (${all}), found ${shown(given)}`,
      );
    }
    for (const [i, value] of given.entries()) check(value ?? undefined, i);
  }
}

const shapeText = (spec: InputSpec): string => {
  const steps = spec.steps ?? "steps";
  if (spec.kind === "tokens") return `[rows, ${steps}]`;
  return spec.kind === "vector" ? `[rows, ${spec.features}]` : `[rows, ${steps}, ${spec.features}]`;
};

function checkInputShape(x: Tensor, spec: InputSpec, what: string): void {
  if (!fitsInput(x, spec)) {
    throw new GruvyError("data/shape", `Expected ${what} of shape ${shapeText(spec)}, found [${x.shape.join(", ")}]`);
  }
  if (spec.kind !== "vector" && x.shape[1] === 0)
    throw new GruvyError("data/empty", "Expected at least one step, found none");
}

function sameRows({ shape }: Tensor, rows: number, what: string, first: string): void {
  if (shape[0] === rows) return;
  throw new GruvyError(
    "data/shape",
    `Expected ${what} to have ${rows} rows like that of "${first}", found ${shape[0]}`,
    "Each row of an input belongs to the same row of the others.",
  );
}

function checkTargetShape(
  { shape }: Tensor,
  target: TargetSpec,
  { rows, steps, what }: { readonly rows: number; readonly steps: readonly number[]; readonly what: string },
): void {
  const expected = targetShape(target, rows, steps);
  if (fitsTargets({ shape }, expected)) return;
  throw new GruvyError(
    "data/shape",
    `Expected ${what} of shape [${expected.join(", ")}] for ${rows} rows of x, found [${shape.join(", ")}]`,
    target.classes ? `Targets are class numbers from 0 to ${target.features - 1}.` : "",
  );
}

/** The first number that is wrong, as it would be staged, and the numbers of a row. */
function firstWrong({ data, shape }: Tensor, isRight: (value: number) => boolean) {
  for (let i = 0; i < data.length; i++)
    if (!isRight(data[i])) return { i, value: data[i], width: data.length / shape[0] };
  return undefined;
}

function checkFinite(x: Tensor, what: string): void {
  const wrong = firstWrong(x, (value) => Number.isFinite(Math.fround(value)));
  if (!wrong) return;
  const { i, value, width } = wrong;
  throw new GruvyError(
    "data/not-finite",
    `Expected finite numbers in ${what}, found ${Math.fround(value)} at row index ${Math.floor(i / width)}, value index ${i % width}`,
    "Fill in or drop what is missing, and scale what is too large for float32.",
  );
}

function checkWhole(x: Tensor, limit: number, what: "token" | "class", where: string): void {
  const wrong = firstWrong(x, (value) => isWhole(value, limit));
  if (!wrong) return;
  const { i, value, width } = wrong;
  const place = width > 1 ? `row index ${Math.floor(i / width)}, step index ${i % width}` : `row index ${i}`;
  throw new GruvyError(
    `data/${what}`,
    `Expected ${what === "token" ? "tokens" : "classes"} from 0 to ${limit - 1}, found ${value} at ${place}${where.length > 1 ? ` of ${where}` : ""}`,
    what === "class" ? "" : tokenAdvice(value),
  );
}

const tokenAdvice = (value: number): string =>
  Number.isInteger(value) && value > 0
    ? "Raise inputDim of the embedding, or index words with fewer numbers."
    : "Tokens are whole numbers from 0, which an embedding looks up; numbers that are measured go into layers without one.";

/** Tells why a model with stateful layers cannot go through so many rows. */
export function refuseBatches(asked: number | undefined, rows: number, fixed: number): never {
  if ((asked ?? fixed) !== fixed) {
    throw new GruvyError(
      "usage/option",
      `Expected batchSize to be the ${fixed} that the model's stateful layers were made for, found ${asked}`,
      "Leave batchSize out, or make the model with another batchSize of input.",
    );
  }
  throw new GruvyError(
    "data/batch",
    `Expected whole batches of ${fixed} rows, which the model's stateful layers were made for, found ${rows} rows`,
    "Give a multiple of it, or make the model with another batchSize of input.",
  );
}
