import { readFileSync } from "node:fs";
import { Tensor } from "../../src/base/index.ts";
import type * as records from "./records.ts";

type Cell = "gru-reset-after" | "gru-reset-before" | "lstm" | "simple-rnn";
type LayerFile =
  | Cell
  | `${Cell}-masks`
  | `${Cell}-wide`
  | "rnn"
  | "recurrent-activations"
  | "recurrent-activations-more"
  | "softmax-cells"
  | "softmax-cells-dropout"
  | "recurrent-dropout"
  | "dropout"
  | "bidirectional"
  | "sequence-layers"
  | "convolution"
  | "windows"
  | "bidirectional-masks"
  | "layers"
  | "stacks";

/** What each file of `keras/` holds. */
export type GoldenFiles = { [name in LayerFile]: records.LayerCase } & {
  attention: records.AttentionCase;
  "attention-dropout": records.AttentionCase;
  states: records.CallCase;
  "bidirectional-outputs": records.CallCase;
  merging: records.CallCase;
  "attention-frozen": records.CallCase;
  "batch-normalization": records.BatchNormalizationCase;
  activations: records.ActivationCase;
  initializers: records.InitializerCase;
  "initializer-distributions": records.DistributionCase;
  losses: records.LossCase;
  "losses-after-activation": records.LossAfterActivationCase;
  "losses-focal-and-margins": records.LossCase;
  metrics: records.MetricCase;
  "metric-names": records.MetricNameCase;
  "metrics-of-classes-and-errors": records.MetricCase;
  "metrics-weighted": records.MetricCase;
  optimizers: records.OptimizerCase;
  "optimizers-more": records.OptimizerCase;
  schedules: records.ScheduleCase;
  callbacks: records.EarlyStoppingCase | records.PlateauCase;
  training: records.TrainingCase;
  "training-repeated-tokens": records.TrainingCase;
  "training-stateful": records.StatefulCase;
  functional: records.FunctionalCase;
  fit: records.FitCase;
  "fit-weighted": records.FitCase;
  "training-options": records.TrainingCase & { readonly final: readonly Tensor[] };
  "training-options-more": records.TrainingCase & { readonly final: readonly Tensor[] };
  "validation-split": records.SplitCase;
  traces: records.TraceCase;
  "pad-sequences": records.PadCase;
  "text-vectorization": records.VectorizationCase;
};

/**
 * The cases of a golden file. Floats come as float64 tensors, token ids, labels and masks as int32.
 *
 * @example
 * for (const { name, weights, output } of golden("gru-reset-after")) console.log(name, weights[0].path, output.shape);
 */
export function golden<Name extends keyof GoldenFiles>(name: Name): readonly GoldenFiles[Name][] {
  const text = readFileSync(new URL(`./keras/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text, revive) as { cases: GoldenFiles[Name][] }).cases;
}

interface TensorRecord {
  shape: number[];
  data: number[];
  dtype?: "int32" | "bool";
  scale?: number;
  path?: string;
}

function isTensorRecord(value: unknown): value is TensorRecord {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function revive(_key: string, value: unknown): unknown {
  if (!isTensorRecord(value)) return value;
  const { shape, data, dtype, scale = 1, path } = value;
  const numbers = dtype === undefined ? Float64Array.from(data, (v) => v / scale) : Int32Array.from(data);
  const tensor = new Tensor(shape, numbers);
  return path === undefined ? tensor : { path, tensor };
}
