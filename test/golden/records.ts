import type { Tensor } from "../../src/base/index.ts";

/** A layer, optimizer, loss or metric with its Keras class name and its Keras (snake_case) options. */
export interface Described {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A variable with Keras's path for it, such as `sequential/gru/gru_cell/kernel`. */
export interface NamedTensor {
  readonly path: string;
  readonly tensor: Tensor;
}

interface Case {
  readonly name: string;
}

/** A layer or a stack of layers, with the gradients of `loss`, which is sum(output * cotangent). */
export interface LayerCase extends Case {
  readonly layers: readonly Described[];
  /** Token ids as int32, or floats `[rows, steps, features]` or `[rows, features]`. */
  readonly input: Tensor;
  /** `[rows, steps]`, 1 for a step to be used; handed to the layer as its `mask`. */
  readonly mask?: Tensor;
  /** In training every layer has dropped what ours drops with the same `seed`. */
  readonly training?: true;
  /** `[rows, features]`, scaled by 1/(1-rate): one for all gates, or one a gate in the order of the kernel. */
  readonly inputMasks?: readonly Tensor[];
  /** `[rows, units]`, scaled by 1/(1-rate), one a gate in the order of the kernel. */
  readonly stateMasks?: readonly Tensor[];
  readonly weights: readonly NamedTensor[];
  readonly output: Tensor;
  /** The final state of a recurrent layer that stands alone: h, and for the LSTM c. */
  readonly state?: readonly Tensor[];
  readonly cotangent: Tensor;
  readonly loss: number;
  readonly weightGradients: readonly Tensor[];
  readonly inputGradient?: Tensor;
}

/** What a recurrent layer computes at each step, `[rows, steps, units]` by name; gates are 0 at masked steps. */
export interface TraceCase extends Case {
  readonly layers: readonly Described[];
  readonly input: Tensor;
  readonly mask?: Tensor;
  readonly weights: readonly NamedTensor[];
  readonly values: Readonly<Record<string, Tensor>>;
}

/** A layer on a query, a value and perhaps a key, with the masks of query and value. */
export interface AttentionCase extends Case {
  readonly layer: Described;
  readonly causal: boolean;
  /** As in `LayerCase`. */
  readonly training?: true;
  readonly inputs: readonly Tensor[];
  readonly masks: readonly (Tensor | null)[];
  readonly weights: readonly NamedTensor[];
  readonly output: Tensor;
  readonly cotangent: Tensor;
  readonly loss: number;
  readonly weightGradients: readonly Tensor[];
  readonly inputGradients: readonly Tensor[];
}

/** A layer on one or several inputs, perhaps from given states: each of its outputs. */
export interface CallCase extends Case {
  readonly layer: Described;
  readonly inputs: readonly Tensor[];
  readonly masks: readonly (Tensor | null)[];
  readonly states: readonly Tensor[];
  readonly weights: readonly NamedTensor[];
  readonly outputs: readonly Tensor[];
  readonly outputMasks: readonly (Tensor | null)[];
  readonly cotangents: readonly Tensor[];
  readonly loss: number;
  /** Of what is trained. */
  readonly weightGradients: readonly Tensor[];
  /** Of the inputs and the states. */
  readonly inputGradients: readonly Tensor[];
}

/** Layers with batch normalization: `output` and the gradients are those of training, of trained weights alone. */
export interface BatchNormalizationCase extends LayerCase {
  /** What they give at rest, with the weights as they were. */
  readonly still: Tensor;
  readonly inputGradient: Tensor;
  /** What is not trained, after the step. */
  readonly moved: readonly NamedTensor[];
}

export interface ActivationCase extends Case {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly cotangent: Tensor;
  readonly inputGradient: Tensor;
}

export interface InitializerCase extends Case {
  readonly layers: readonly Described[];
  readonly inputShape: readonly (number | null)[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly distribution?: "uniform" | "orthogonal";
    readonly limit?: number;
    readonly values?: Tensor;
  }[];
}

/** What an initializer draws: of many numbers, or all of them where there is no chance. */
export interface DistributionCase extends Case, Described {
  readonly shape: readonly number[];
  readonly mean?: number;
  readonly deviation?: number;
  readonly shares?: readonly number[];
  /** Below which each share of the numbers lies. */
  readonly quantiles?: readonly number[];
  readonly values?: Tensor;
}

export interface LossCase extends Case, Described {
  readonly target: Tensor;
  readonly prediction: Tensor;
  readonly mask?: Tensor;
  /** Before the mean, and before the mask. */
  readonly values: Tensor;
  readonly loss: number;
  readonly gradient: Tensor;
  /** The same computed in float32, where 1 - 1e-7 is 1 - 2^-23. */
  readonly loss32: number;
  readonly gradient32: Tensor;
}

/** A crossentropy straight after sigmoid or softmax, which Keras computes from the logits. */
export interface LossAfterActivationCase extends Case {
  readonly activation: "sigmoid" | "softmax";
  readonly className: string;
  readonly between?: string;
  readonly logits: Tensor;
  readonly target: Tensor;
  readonly loss: number;
  readonly gradient: Tensor;
}

export interface MetricCase extends Case, Described {
  readonly updates: readonly {
    readonly target: Tensor;
    readonly prediction: Tensor;
    readonly mask?: Tensor;
    /** Of the rows, or of the steps. */
    readonly weights?: Tensor;
  }[];
  /** The metric after each update; `values32` as float32 gives it. */
  readonly values: readonly number[];
  readonly values32: readonly number[];
}

export interface MetricNameCase extends Case {
  readonly metric: string;
  readonly targetShape: readonly number[];
  readonly predictionShape: readonly number[];
  readonly className: string;
  readonly logName: string;
}

export interface OptimizerCase extends Case, Described {
  readonly variables: readonly Tensor[];
  /** A list for each step, with a gradient for each variable; `after` likewise. */
  readonly gradients: readonly (readonly Tensor[])[];
  readonly after: readonly (readonly Tensor[])[];
  readonly learningRates: readonly number[];
  readonly slots: readonly NamedTensor[];
}

export interface ScheduleCase extends Case, Described {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface EarlyStoppingCase extends Case, Described {
  readonly className: "EarlyStopping";
  readonly values: readonly number[];
  readonly epochs: number;
  readonly stopped: boolean;
  readonly bestEpoch: number;
  readonly best: number;
  readonly restoredEpoch: number | null;
}

export interface PlateauCase extends Case, Described {
  readonly className: "ReduceLROnPlateau";
  readonly values: readonly number[];
  readonly learningRate: number;
  /** From the next epoch on; `logged` is what the epoch itself ran with. */
  readonly learningRates: readonly number[];
  readonly logged: readonly number[];
}

interface Compiled {
  readonly layers: readonly Described[];
  readonly optimizer: Described;
  readonly loss: string;
  readonly metrics?: readonly string[];
  readonly weights: readonly NamedTensor[];
}

export interface TrainingCase extends Case, Compiled {
  readonly batches: readonly { readonly x: Tensor; readonly y: Tensor }[];
  /** The loss of each batch, before its step. */
  readonly losses: readonly number[];
  /** All weights after each step. */
  readonly after: readonly (readonly Tensor[])[];
}

/** Layers that keep states, compiled for batches of one size. */
export interface StatefulCase extends TrainingCase {
  /** After the training, of the first batch: twice, and once more behind a reset of the states. */
  readonly predictions: readonly Tensor[];
}

/** A functional model, three steps of it on one batch: tensors by the names of inputs and outputs. */
export interface FunctionalCase {
  readonly name: string;
  readonly x: Readonly<Record<string, Tensor>>;
  readonly y: Readonly<Record<string, Tensor>>;
  readonly weights: readonly { readonly path: string; readonly tensor: Tensor }[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly losses: readonly number[];
  readonly after: readonly Tensor[];
}

export interface FitCase extends Case, Compiled {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly fit: Readonly<Record<string, unknown>>;
  readonly sampleWeight?: Tensor;
  readonly classWeight?: Readonly<Record<number, number>>;
  readonly weightedMetrics?: readonly string[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly evaluate: Readonly<Record<string, number>>;
  readonly predictions: Tensor;
  readonly after: readonly Tensor[];
}

export interface SplitCase extends Case {
  readonly rows: number;
  readonly split: number;
  /** Rows trained on, or null where Keras refuses. */
  readonly train: number | null;
}

export interface PadCase extends Case {
  readonly config: Readonly<Record<string, unknown>>;
  readonly sequences: readonly (readonly number[])[];
  readonly output: Tensor;
}

export interface VectorizationCase extends Case {
  readonly config: Readonly<Record<string, unknown>>;
  readonly adapt: readonly string[] | null;
  readonly vocabulary: readonly string[];
  readonly texts: readonly string[];
  readonly output: Tensor;
}
