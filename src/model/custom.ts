import { GruvyError, shown } from "../base/index.ts";
import { biasWeight, matrixWeight, Term, termOf, type Weight, weightTerm } from "../engine/index.ts";
import { type Initializer, type InitializerLike, initializer } from "./initializers.ts";
import type { BuildContext, Json, JsonObject } from "./layers/layer.ts";
import type { WeightRule } from "./layers/weight-rules.ts";
import { flag, optionsOf, refuseUnknown } from "./options.ts";
import { type ConstraintLike, constraint, type RegularizerLike, regularizer } from "./regularizers.ts";

/** A weight of a cell or layer of one's own. */
export interface WeightSpec {
  /** [rows, columns] for `matmul`, [features] for what goes element by element. */
  readonly shape: readonly number[];
  /** Default `glorotUniform` for two axes, `zeros` for one. */
  readonly initializer?: InitializerLike;
  /** Whether training changes it. Default true. */
  readonly trainable?: boolean;
  /** What its size adds to the loss: `l1`, `l2`, `l1L2`. Default: nothing. */
  readonly regularizer?: RegularizerLike;
  /** What it is brought back to after every step: `maxNorm`, `minMaxNorm`, `unitNorm`, `nonNeg`. Default: nothing. */
  readonly constraint?: ConstraintLike;
}

/** What was defined by `customCell`, `customLayer` and their like, by its name: what a saved model finds it by. */
const defined = new Map<string, (options: never) => unknown>();
const builtIn = new Set<string>();

/** Names that a definition may not take. */
export function reserve(names: readonly string[]): void {
  for (const name of names) builtIn.add(name);
}

/** What makes a thing of that kind and name; undefined where the program has not defined it. */
export function definedAs<T>(what: string, name: string): ((options: never) => T) | undefined {
  return defined.get(`${what} ${name}`) as ((options: never) => T) | undefined;
}

/** Checks what stands where a function is expected. */
export function functionOf<F>(value: F, where: string): F {
  if (typeof value === "function") return value;
  throw new GruvyError("model/formula", `Expected a function ${where}, found ${shown(value)}`);
}

/** Notes a definition under its name, and checks that. A later one of the same name takes the place of the first. */
export function define<F extends (options: never) => unknown>(what: string, name: unknown, make: F): F {
  if (typeof name !== "string" || !/^[A-Za-z][A-Za-z0-9]*$/.test(name)) {
    throw new GruvyError("model/name", `Expected the name of a ${what} to be letters and digits, found ${shown(name)}`);
  }
  if (builtIn.has(name)) {
    throw new GruvyError("model/name", `The name ${shown(name)} belongs to what is built in`, "Choose another.");
  }
  defined.set(`${what} ${name}`, make);
  return make;
}

/** The options as a saved model keeps them. */
export function plainOptions(options: object, what: string): JsonObject {
  const visit = (value: unknown, path: string): Json => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}[${i}]`));
    if (typeof value === "object") {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      return Object.fromEntries(entries.map(([key, item]) => [key, visit(item, path === "" ? key : `${path}.${key}`)]));
    }
    throw new GruvyError(
      "model/option",
      `Expected options that JSON can hold for ${what}, found ${shown(value)} for ${path}`,
      "They are kept with a saved model.",
    );
  };
  return visit(options, "") as JsonObject;
}

export interface MadeWeights {
  readonly weights: readonly Weight[];
  readonly terms: Readonly<Record<string, Term>>;
}

/** The weights that a definition asks for, in its order. */
export function makeWeights(specs: unknown, context: BuildContext, what: string): MadeWeights {
  const given = optionsOf((specs ?? {}) as Record<string, WeightSpec>, `the weights of ${what}`);
  const made = Object.entries(given).map(([name, spec]) => {
    const where = `the weight "${name}" of ${what}`;
    refuseUnknown(optionsOf(spec, where), ["shape", "initializer", "trainable", "regularizer", "constraint"], where);
    const { shape } = spec;
    const fits =
      Array.isArray(shape) &&
      (shape.length === 1 || shape.length === 2) &&
      shape.every((size) => Number.isSafeInteger(size) && size >= 1);
    if (!fits || name.includes("/")) {
      throw new GruvyError(
        "model/formula",
        `Expected the shape of ${where} to be [features] or [rows, columns], found ${shown(shape)}`,
      );
    }
    const path = `${context.name}/${name}`;
    const weight =
      shape.length === 2
        ? matrixWeight({ path, rows: shape[0], units: shape[1] })
        : biasWeight({ path, shape, units: shape[0] });
    return { name, weight, start: startOf(spec, where), rule: ruleOf(spec, where) };
  });
  for (const { weight, start, rule } of made) context.initialize(weight, start.values, rule);
  return {
    weights: made.map(({ weight }) => weight),
    terms: Object.fromEntries(made.map(({ name, weight }) => [name, weightTerm(weight)])),
  };
}

const ruleOf = (spec: WeightSpec, where: string): WeightRule => ({
  trainable: flag(spec.trainable ?? true, `trainable of ${where}`),
  penalty: spec.regularizer === undefined ? undefined : regularizer(spec.regularizer).penalty,
  constraint: spec.constraint === undefined ? undefined : constraint(spec.constraint).kernel,
});

const startOf = ({ shape, initializer: given }: WeightSpec, where: string): Initializer =>
  initializer(given ?? (shape.length === 2 ? "glorotUniform" : "zeros"), `the initializer of ${where}`);

/** A term that was returned, with as many features as are expected where that is known. */
export function resultTerm(value: unknown, where: string, features?: number): Term {
  if (!(value instanceof Term)) {
    throw new GruvyError("model/formula", `Expected ${where} to return a term, found ${shown(value)}`, "Use ops.");
  }
  const term = termOf(value, where);
  if (term.features === undefined || (features !== undefined && term.features !== features)) {
    throw new GruvyError(
      "model/formula",
      `Expected ${features ?? "a number of"} features from ${where}, found ${term.features ?? "a constant"}`,
    );
  }
  return term;
}
