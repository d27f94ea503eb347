import type { Material } from "./material.ts";
import type { Probe, Sequence } from "./probe.ts";

/** The outputs as probabilities: one sigmoid unit stands for the second of two classes. */
export const probabilitiesOf = (outputs: Float32Array, classes: number): number[] =>
  outputs.length < classes ? [1 - outputs[0], outputs[0]] : [...outputs];

const CLIPPED = 1e-7;
const clipped = (p: number): number => Math.min(1 - CLIPPED, Math.max(CLIPPED, p));

/** What is asked about: one number that follows from a row's outputs, and whose gradient a loss can give. */
export interface Question {
  of(outputs: Float32Array): number;
  readonly gradient: Parameters<Probe["gradientTimesInput"]>[1];
  /** What the loss is given so that its gradient is that of the answer, up to `factor`. */
  target(outputs: Float32Array): number[];
  readonly factor: (outputs: Float32Array) => number;
}

/**
 * The question to a row: log-odds of the second of two labels, the logarithm of the probability of the answer among
 * more, or the number in the data's units. The crossentropies have the gradient p - y with regard to the logits, so that
 * y = p - 1 makes it that of the log-odds, and y = 2p - 1 at the answer, 2p elsewhere, that of its log-probability.
 */
export function questionOf(material: Material, row: number, outputs: Float32Array): Question {
  const { labels } = material;
  if (labels.length === 0) {
    const value = (output: number) => material.value(row, output);
    return {
      of: ([output]) => value(output),
      gradient: "meanSquaredError",
      target: ([output]) => [output - 0.5],
      // The way back into the data's units may be curved.
      factor: ([output]) => (value(output + 1e-3) - value(output - 1e-3)) / 2e-3,
    };
  }
  if (outputs.length === 1) {
    return {
      of: ([p]) => Math.log(clipped(p) / (1 - clipped(p))),
      gradient: "binaryCrossentropy",
      target: ([p]) => [p - 1],
      factor: () => 1,
    };
  }
  const answer = outputs.indexOf(Math.max(...outputs));
  return {
    of: (all) => Math.log(clipped(all[answer])),
    gradient: "categoricalCrossentropy",
    target: (all) => Array.from(all, (p, i) => 2 * p - (i === answer ? 1 : 0)),
    factor: () => 1,
  };
}

/** For each step the answer less the answer without it. */
export async function occlusion(
  probe: Probe,
  material: Material,
  sequence: Sequence,
  { question, outputs }: { question: Question; outputs: Float32Array },
): Promise<number[]> {
  const steps = sequence.length / (probe.features || 1);
  const whole = question.of(outputs);
  const without = Array.from({ length: steps }, (_, step) => material.without(sequence, step));
  return (await probe.predict(without)).map((one) => whole - question.of(one));
}

/** For each step the gradient of the answer times the step's input. */
export async function gradient(
  probe: Probe,
  sequence: Sequence,
  { question, outputs }: { question: Question; outputs: Float32Array },
): Promise<number[]> {
  const found = await probe.gradientTimesInput(sequence, question.gradient, question.target(outputs));
  return Array.from(found, (value) => value * question.factor(outputs));
}
