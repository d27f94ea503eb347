// docs/conformance.md: what the golden files hold, gathered from the files themselves.

import { readdirSync, readFileSync } from "node:fs";
import { layerRules } from "../../src/interchange/keras/layers.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Something of Keras with its options, and the case that has it. */
export interface Held {
  readonly file: string;
  readonly record: Fields;
  readonly className: string;
  readonly config: Fields;
  /** Within the options of something else. */
  readonly inner: boolean;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function classAt(value: unknown): { className: string; config: Fields } | undefined {
  if (!isFields(value)) return undefined;
  const className = value.className ?? value.class_name;
  return typeof className === "string" && isFields(value.config) ? { className, config: value.config } : undefined;
}

/** Everything that the golden files hold. */
export function allHeld(): Held[] {
  const folder = new URL("./keras/", import.meta.url);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const file = name.replace(".json", "");
      const { cases } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { cases: Fields[] };
      const found: Held[] = [];
      const walk = (value: unknown, record: Fields, inner: boolean): void => {
        if (Array.isArray(value)) for (const one of value) walk(one, record, inner);
        if (!isFields(value)) return;
        const own = classAt(value);
        if (own) found.push({ file, record, ...own, inner });
        for (const one of Object.values(value)) walk(one, record, inner || own !== undefined);
      };
      for (const record of cases) walk(record, record, false);
      return found;
    });
}

/** Where ours is not Keras's name in camelCase. */
const otherNames: Readonly<Record<string, string>> = {
  AdamW: "adamw",
  AUC: "auc",
  CosineDecayRestarts: "none",
  KLDivergence: "klDivergence",
  L1L2: "l1L2",
  LogCoshError: "logCosh",
  ReduceLROnPlateau: "reduceLrOnPlateau",
  RMSprop: "rmsprop",
  RootMeanSquaredError: "rmse",
  SGD: "sgd",
};

/** What differs on purpose in what a case holds; the whole list is in keras.md. */
const differences: Readonly<Record<string, string>> = {
  Adam: "betas and rates in float64; repeated tokens are summed before they are squared",
  AdditiveAttention: "`useCausalMask` is an option of the layer",
  Attention: "`useCausalMask` is an option of the layer",
  AUC: "honours masks; `curve` ROC alone",
  EarlyStopping: "restores the best weights by default",
  F1Score: "`average` is `macro` by default",
  GlobalAveragePooling1D: "zeros for a row masked throughout, where Keras divides by zero",
  GRU: "`stateful`: masked steps in front carry on the output of the batch before",
  LSTM: "`stateful`: as `gru`",
  Precision: "honours masks",
  Recall: "honours masks",
  RMSprop: "repeated tokens are summed before they are squared",
  RNN: "`stateful`: as `gru`",
  RootMeanSquaredError: "honours masks",
  SimpleRNN: "`stateful`: as `gru`",
};

const camel = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, next: string) => next.toUpperCase());

/** What a class of Keras is called here. */
export const ourName = (className: string): string =>
  otherNames[className] ??
  (Object.hasOwn(layerRules, className) ? layerRules[className].kind : undefined) ??
  className.replace(/^./, (first) => first.toLowerCase());

const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();

/** The values that an option is given in cases, but for numbers. */
function optionText(option: string, held: readonly Held[]): string {
  const words = held
    .flatMap(({ config }) => config[option])
    .flatMap((value): string[] => {
      const described = classAt(value);
      if (described) return [described.className];
      if (value === null) return ["null"];
      return typeof value === "string" || typeof value === "boolean" ? [camel(String(value))] : [];
    });
  return words.length === 0 ? camel(option) : `${camel(option)} (${sorted(words).join(", ")})`;
}

const optionsText = (held: readonly Held[]): string =>
  sorted(held.flatMap(({ config }) => Object.keys(config)).filter((option) => option !== "seed"))
    .map((option) => optionText(option, held))
    .join(", ");

function maskOfRow(flags: string): string[] {
  if (!flags.includes("0")) return [];
  if (!flags.includes("1")) return ["whole rows"];
  return [/^0+1+$/.test(flags) ? "in front" : /^1+0+$/.test(flags) ? "behind" : "holes"];
}

/** Where the steps lie that do not count; or that layers in front say so. */
function masksOf({ record, className, inner }: Held): string[] {
  const masks = [record.mask, record.masks, record.updates]
    .flat()
    .map((one) => (isFields(one) && isFields(one.mask) ? one.mask : one))
    .filter((one): one is { shape: number[]; data: number[] } => isFields(one) && Array.isArray(one.data));
  const given = masks.flatMap(({ shape: [rows, steps], data }) =>
    Array.from({ length: rows }, (_, row) => maskOfRow(data.slice(row * steps, (row + 1) * steps).join(""))).flat(),
  );
  const layers = Array.isArray(record.layers) ? record.layers.map(classAt) : [];
  const place = layers.findIndex((layer) => layer?.className === className);
  const masked = layers.slice(0, Math.max(0, place)).some((layer) => layer && makesMask(layer));
  return masked && !inner ? [...given, "of a layer in front"] : given;
}

const makesMask = ({ className, config }: { className: string; config: Fields }): boolean =>
  className === "Masking" || config.mask_zero === true;

function grouped(all: readonly Held[], belongs: (held: Held) => boolean): [string, Held[]][] {
  const found = all.filter(belongs);
  return sorted(found.map(({ className }) => className)).map((name) => [
    name,
    found.filter(({ className }) => className === name),
  ]);
}

const casesOf = (held: readonly Held[]): string =>
  `${new Set(held.map(({ file, record }) => `${file} ${record.name}`)).size}`;

/** A row a class; columns that are empty throughout are left out. */
function table(all: readonly Held[], belongs: (held: Held) => boolean): string {
  const rows = grouped(all, belongs).map(([name, held]) => [
    `\`${name}\``,
    ourName(name) === "none" ? "none" : `\`${ourName(name)}\``,
    casesOf(held),
    optionsText(held),
    sorted(held.flatMap(masksOf)).join(", "),
    differences[name] ?? "",
  ]);
  const titles = ["Keras", "Gruvy", "cases", "options", "masks", "difference"];
  const kept = titles.map((_, column) => rows.some((cells) => cells[column] !== ""));
  return [titles, titles.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.filter((_, column) => kept[column]).join(" | ")} |`)
    .join("\n");
}

const inFile =
  (pattern: RegExp) =>
  ({ file, inner }: Held): boolean =>
    !inner && pattern.test(file);
const optimizers = ["SGD", "RMSprop", "Adam", "AdamW"];
const weightRules = /^(L1|L2|L1L2|MaxNorm|MinMaxNorm|UnitNorm|NonNeg)$/;

export const isLayer = ({ className }: Held): boolean => Object.hasOwn(layerRules, className);

/** The activations that a case applies by name. */
function activationTable(): string {
  const folder = new URL("./keras/activations.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(folder, "utf8")) as { cases: { name: string }[] };
  const lacking = new Set(["relu6", "mish", "log_softmax"]);
  return cases.map(({ name }) => `\`${name}\`${lacking.has(name) ? " (not here)" : ""}`).join(", ");
}

/** What Keras does not have, by its name here. */
function torchTable(): string {
  const read = (name: string): { name: string; kind?: string; config?: Fields; mask?: unknown; gradient?: unknown }[] =>
    JSON.parse(readFileSync(new URL(`./torch-files/${name}.json`, import.meta.url), "utf8")).cases;
  const cells = read("layer-norm-cells").map((record) => ({ ...record, gradient: true }));
  const all = [...cells, ...read("losses-and-metrics"), ...read("schedules")];
  const rows = sorted(all.map(({ kind }) => kind!)).map((kind) => {
    const held = all.filter((record) => record.kind === kind);
    const options = sorted(held.flatMap(({ config = {} }) => Object.keys(config))).filter((name) => name !== "seed");
    const said = [held.some(({ mask }) => mask) ? "yes" : "", held.some(({ gradient }) => gradient) ? "yes" : ""];
    return `| \`${kind}\` | ${held.length} | ${options.join(", ")} | ${said.join(" | ")} |`;
  });
  return ["| Gruvy | cases | options | masks | gradients |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

export function conformance(): string {
  const all = allHeld();
  return `# What is held against Keras

This file is written from the golden files (\`npm run conformance\`; a test fails when it is out of date). They hold what
Keras 3.15.1 computed in float64 ([test/golden](../test/golden/README.md)); ours is held to 1e-5 of the largest value of
an output, 1e-4 of that of a gradient. A case counts for each layer that is in it. *Options*: those that cases give, in
our spelling, with the words and flags they are given; the others have their defaults. *Masks*: where the steps lie that
do not count. *Difference*: what differs on purpose; the whole list is in [keras.md](keras.md#what-differs-on-purpose).

## Layers and cells

Each case holds output and gradients, of the weights and of what the layer is given. In those with dropout Keras
trains with the masks that ours draws from the same seed: what is dropped, where and how it is scaled is Keras's own.

${table(all, isLayer)}

Activations: ${activationTable()}.

## Losses

${table(all, inFile(/^losses/))}

## Metrics

${table(all, inFile(/^metrics/))}

## Optimizers, schedules, callbacks

${table(all, ({ className }) => optimizers.includes(className))}

${table(all, inFile(/^schedules/))}

${table(all, inFile(/^callbacks/))}

## What weights are held to

${table(all, ({ className }) => weightRules.test(className))}

## What Keras does not have

Held against PyTorch in float64.

${torchTable()}
`;
}
