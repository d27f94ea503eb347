// Optimizers and their schedules, in our words and back.

import { shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { camel, className, described, isObject, known, lacking, plainName, snake } from "./values.ts";

const optimizers: Readonly<Record<string, string>> = { SGD: "sgd", RMSprop: "rmsprop", Adam: "adam", AdamW: "adamw" };
const optimizerOptions = [
  "momentum",
  "nesterov",
  "rho",
  "epsilon",
  "centered",
  "beta_1",
  "beta_2",
  "amsgrad",
  "weight_decay",
  "clipnorm",
  "clipvalue",
  "global_clipnorm",
  "gradient_accumulation_steps",
  "use_ema",
  "ema_momentum",
  "ema_overwrite_frequency",
];
/** What says nothing about the steps. */
const aside = ["name", "jit_compile", "is_legacy_optimizer"];

/** An optimizer as `toConfig` keeps it. */
export function readOptimizer(value: Json): JsonObject {
  const found = described(value);
  const plain = (name: string) => name.toLowerCase().replace(/_/g, "");
  const ours = Object.entries(optimizers).find(([name]) => plain(name) === plain(found?.name ?? ""));
  if (!found || !ours) throw lacking("the optimizer", found?.name ?? value);
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    if (option === "learning_rate" || option === "lr") options.learningRate = readRate(given);
    else if (given === null || given === false || aside.includes(option) || (option === "decay" && given === 0))
      continue;
    else if (optimizerOptions.includes(option)) options[camel(option)] = given;
    else throw lacking(`the option ${option} of ${ours[0]}`, given);
  }
  return { name: ours[1], ...options };
}

const schedules = ["exponentialDecay", "cosineDecay", "piecewiseConstantDecay", "polynomialDecay", "inverseTimeDecay"];

function readRate(value: Json): Json {
  if (typeof value === "number") return short(value);
  const found = described(value);
  const name = plainName(found?.name ?? "");
  if (!found || !schedules.includes(name)) throw lacking("the schedule", found?.name ?? value);
  const options = Object.entries(found.config).filter(([option, given]) => option !== "name" && given !== null);
  return { name, ...Object.fromEntries(options.map(([option, given]) => [camel(option), given])) };
}

/** Keras writes 0.001 as the float32 beside it, 0.0010000000474974513. */
function short(rate: number): number {
  const digits = Number(rate.toPrecision(7));
  return Math.fround(digits) === Math.fround(rate) ? digits : rate;
}

/** An optimizer of ours as Keras writes it; in words what Keras lacks, where it does. */
export function writeOptimizer({ name, learningRate, ...options }: JsonObject): JsonObject | string {
  const schedule = isObject(learningRate) ? wordOf(learningRate.name) : undefined;
  if (schedule !== undefined && !schedules.includes(schedule)) return `the schedule ${shown(schedule)} is not written`;
  const ours = Object.entries(optimizers).find(([, one]) => one === name);
  // Rules have a kind of their own in ours, and options that a class of Keras lacks are never there.
  // A momentum of 0 is left to Keras's default: its SGD takes no whole number, and JSON has no other zero.
  const given = Object.entries(options).filter(([option, value]) => option !== "momentum" || value !== 0);
  const config = Object.fromEntries(given.map(([option, value]) => [kerasOption(option), value]));
  const decay: JsonObject = options.weightDecay === 0 && name !== "adamw" ? { weight_decay: null } : {};
  return known(
    ours?.[0] ?? wordOf(name),
    { learning_rate: writeRate(learningRate), ...config, ...decay },
    "keras.optimizers",
  );
}

const kerasOption = (option: string): string => snake(option).replace(/(beta)([12])/, "$1_$2");

function writeRate(rate: Json | undefined): Json {
  if (!isObject(rate)) return rate ?? 0.001;
  const { name, ...options } = rate;
  const config = Object.fromEntries(Object.entries(options).map(([option, value]) => [snake(option), value]));
  return known(className(wordOf(name)), config, "keras.optimizers.schedules");
}
