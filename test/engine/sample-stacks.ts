import type { Layer, RecurrentLayer, Stack } from "../../src/engine/graph/stack.twin.ts";
import { dataOf } from "./stacks.ts";

/** A recurrent layer with every option at its default. */
export const recurrent: Omit<RecurrentLayer, "layer" | "units"> = {
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  returnSequences: false,
  goBackwards: false,
  dropout: 0,
  recurrentDropout: 0,
  seed: 11,
};
export const head: Layer[] = [
  { layer: "affine", units: 1, useBias: true },
  { layer: "activation", function: "sigmoid" },
];

/** Three models that between them use every op, and rows for them: 70 rows make several slices and a short one. */
export const samples: Record<string, Stack> = {
  "masked tokens, GRU twice, dropout": {
    input: { kind: "tokens", words: 30, features: 12, maskZero: true },
    steps: 11,
    layers: [
      { ...recurrent, layer: "gruAfter", units: 17, returnSequences: true, recurrentDropout: 0.2 },
      { layer: "dropout", rate: 0.3, seed: 5 },
      { ...recurrent, layer: "gruBefore", units: 9, dropout: 0.2, goBackwards: true },
      ...head,
    ],
  },
  "tokens, LSTM, dense on sequences, flatten": {
    input: { kind: "tokens", words: 7, features: 5, maskZero: false },
    steps: 9,
    layers: [
      { ...recurrent, layer: "lstm", units: 10, returnSequences: true },
      { layer: "affine", units: 3, useBias: false },
      { layer: "activation", function: "elu" },
      { layer: "flatten" },
      ...head,
    ],
  },
  "series, simple RNN, softmax": {
    input: { kind: "sequence", features: 3 },
    steps: 20,
    layers: [
      { ...recurrent, layer: "simpleRnn", units: 33, dropout: 0.1, recurrentDropout: 0.1 },
      { layer: "affine", units: 4, useBias: true },
      { layer: "activation", function: "softmax" },
      ...head,
    ],
  },
};

export const binary = { kind: "binaryCrossentropy", fromLogits: false } as const;

export const sampleData = (stack: Stack, rows = 70) => dataOf({ stack, rows, loss: binary, seed: 3 });
