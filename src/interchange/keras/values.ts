// What stands in the options of Keras's layers, in our words and back.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";

/** Where something is read, for messages, and what it may depend on. */
export interface Place {
  /** Such as `layer "gru_1"`. */
  readonly what: string;
  /** Keras's major version: 2 or 3. */
  readonly version: number;
  /** Dimensions of the layer's input, its rows included, where they are known. */
  readonly rank?: number;
  /** Whether it is a direction of a bidirectional layer. */
  readonly bidirectional?: boolean;
  /** Tells what the file says and this model will not do. */
  readonly warn: (text: string) => void;
}

export const camel = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, letter) => letter.toUpperCase());
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** "GlorotUniform" and "glorot_uniform" as "glorotUniform". */
export const plainName = (name: string): string => camel(name.replace(/^./, (first) => first.toLowerCase()));
/** "glorotUniform" as "GlorotUniform". */
export const className = (name: string): string => name.replace(/^./, (first) => first.toUpperCase());

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An own member of an object that a file describes. */
export const member = (value: unknown, key: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

export function refusedOption(place: Place, option: string, value: unknown, next = ""): GruvyError {
  return new GruvyError(
    "model/keras-option",
    `Cannot read ${place.what}: Gruvy has nothing for ${option} ${shown(value)}`,
    next || "Without it the model would give other results.",
  );
}

/** What names an object of Keras, and its options: `{ class_name, config }`, or the name alone. */
export function described(value: unknown): { name: string; config: JsonObject } | undefined {
  if (typeof value === "string") return { name: value, config: {} };
  const name = member(value, "class_name");
  if (typeof name !== "string") return undefined;
  const config = member(value, "config");
  // Functions: { class_name: "function", config: "relu" }.
  if (name === "function") return typeof config === "string" ? { name: config, config: {} } : undefined;
  return { name: name.replace(/^Custom>/, ""), config: isObject(config) ? config : {} };
}

/** What the file says of training and Gruvy does not have. */
export const lacking = (what: string, value: unknown): GruvyError =>
  new GruvyError("model/keras-training", `Gruvy has nothing for ${what} ${shown(value)}`);

/** An object of Keras, as it writes them. */
export const known = (name: string, config: JsonObject, module: string): JsonObject => ({
  module,
  class_name: name,
  config,
  registered_name: null,
});

const activations: Readonly<Record<string, string>> = { silu: "swish" };

export function readActivation(value: Json, place: Place, option = "activation"): string {
  if (value === null) return "linear";
  const found = described(value);
  if (!found || Object.keys(found.config).some((key) => key !== "name")) throw refusedOption(place, option, value);
  const name = plainName(found.name);
  if (name === "hardSigmoid" && place.version < 3) {
    const next = "Keras 2 has another function of that name than Keras 3; save the model with Keras 3.";
    throw refusedOption(place, option, found.name, next);
  }
  return Object.hasOwn(activations, name) ? activations[name] : name;
}

export const writeActivation = (name: string): string => (name === "swish" ? "silu" : snake(name));

/** Our initializers, and what their options are called in Keras. */
const initializers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  zeros: {},
  ones: {},
  constant: { value: "value" },
  randomUniform: { min: "minval", max: "maxval" },
  randomNormal: { mean: "mean", stddev: "stddev" },
  glorotUniform: {},
  glorotNormal: {},
  heUniform: {},
  heNormal: {},
  lecunUniform: {},
  lecunNormal: {},
  truncatedNormal: { mean: "mean", stddev: "stddev" },
  identity: { gain: "gain" },
  orthogonal: { gain: "gain" },
  varianceScaling: { scale: "scale", mode: "mode", distribution: "distribution" },
};
const words = {
  mode: ["fanIn", "fanOut", "fanAvg"],
  distribution: ["truncatedNormal", "untruncatedNormal", "uniform"],
};

/** How weights start, which no longer matters when they are in the file: what we do not know is left to the default. */
export function readInitializer(value: Json): Json | undefined {
  const found = described(value);
  const name = plainName(found?.name ?? "");
  if (!found || !Object.hasOwn(initializers, name)) return undefined;
  const options = Object.entries(initializers[name]).map(([ours, keras]) => {
    const value = member(found.config, keras);
    return [ours, typeof value === "string" ? camel(value) : value] as const;
  });
  const valid = options.every(([ours, value]) =>
    Object.hasOwn(words, ours)
      ? words[ours as keyof typeof words].includes(value as string)
      : typeof value === "number",
  );
  return valid ? ({ name, ...Object.fromEntries(options) } as JsonObject) : undefined;
}

export function writeInitializer(value: Json): Json {
  const name = wordOf(member(value, "name"));
  const options = Object.hasOwn(initializers, name) ? Object.entries(initializers[name]) : [];
  const config = Object.fromEntries(
    options.map(([ours, keras]): [string, Json] => {
      const given = member(value, ours) ?? null;
      return [keras, typeof given === "string" ? snake(given) : given];
    }),
  );
  return { module: "keras.initializers", class_name: className(name), config, registered_name: null };
}

/** What keeps weights small or in bounds while they are trained, and what its options are called in Keras. */
const weightRules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  l1: { l1: "l1" },
  l2: { l2: "l2" },
  l1L2: { l1: "l1", l2: "l2" },
  maxNorm: { maxValue: "max_value", axis: "axis" },
  minMaxNorm: { minValue: "min_value", maxValue: "max_value", rate: "rate", axis: "axis" },
  unitNorm: { axis: "axis" },
  nonNeg: {},
};

const isAxis = (value: Json): boolean => [value].flat().every((axis) => Number.isInteger(axis));

export function readWeightRule(value: Json, place: Place, option: string): Json | undefined {
  if (value === null) return undefined;
  const found = described(value);
  const name = found?.name.replace(/^L1L2$/i, "l1L2") ?? "";
  const ours = plainName(name);
  const known = Object.hasOwn(weightRules, ours) ? weightRules[ours] : undefined;
  const options = Object.entries(known ?? {}).flatMap(([own, keras]) => {
    const given = member(found?.config, keras);
    return given === undefined || (own === "axis" && given === 0) ? [] : [[own, given] as const];
  });
  if (known && options.every(([own, value]) => own !== "axis" || isAxis(value))) {
    return { name: ours, ...Object.fromEntries(options) };
  }
  place.warn(
    `${place.what} is trained without its ${option} ${shown(found?.name ?? value)}, which Gruvy does not have.`,
  );
  return undefined;
}

export function writeWeightRule(value: Json, option: string): Json {
  const name = wordOf(member(value, "name"));
  const options = Object.hasOwn(weightRules, name) ? Object.entries(weightRules[name]) : [];
  const config = Object.fromEntries(
    options.map(([own, keras]) => [keras, member(value, own) ?? (own === "axis" ? 0 : null)]),
  );
  const module = option.endsWith("_regularizer") ? "keras.regularizers" : "keras.constraints";
  return { module, class_name: className(name), config, registered_name: null };
}

const dtypes = ["float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"];

/** Whatever a model computed with, it computes with float32 here; whole-number weights are another model. */
export function checkDtype(value: Json | undefined, place: Place): void {
  if (value === undefined || value === null) return;
  const name = typeof value === "string" ? value : member(member(value, "config"), "name");
  if (typeof name !== "string" || !dtypes.includes(name)) throw refusedOption(place, "dtype", name ?? value);
}
