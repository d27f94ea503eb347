import { random, stream } from "../../src/base/index.ts";
import type { Weight } from "../../src/engine/graph/index.ts";
import { Executable, features, type LossKernel, type UpdateRule } from "../../src/engine/index.ts";

/** Momentum of which the first step's slot is exactly minus the gradient. */
export const watched: UpdateRule = { kind: "sgd", momentum: 0.5, nesterov: false };

export type WeightValues = Map<string, { shape: readonly number[]; data: Float32Array }>;

type Options = ConstructorParameters<typeof Executable>[0];

/** A graph compiled, with weights drawn from a seed. */
export abstract class CompiledRun {
  readonly executable: Executable;
  readonly start: WeightValues;

  /** `wide`: tiles for registers of 256 bits. */
  constructor(options: Options, wide: boolean | undefined, seed: number) {
    this.executable = new Executable(options);
    if (wide) Object.assign(this.executable, { target: { fma: features().fma && !options.exact, wide: true } });
    this.start = drawnWeights(this.executable.weights, seed);
  }

  /** The weights become those of the start. */
  reset(): void {
    for (const weight of this.executable.weights) this.executable.setWeight(weight, this.start.get(weight.path)!.data);
  }

  async weights(): Promise<Map<string, Float32Array>> {
    const read = await Promise.all(this.executable.weights.map((weight) => this.executable.getWeight(weight)));
    return new Map(this.executable.weights.map((weight, i) => [weight.path, read[i]]));
  }

  /** After one training step from the start at rate 1 with the watched rule. */
  async gradients(): Promise<Map<string, Float32Array>> {
    const trained = this.executable.weights.filter((weight) => weight.trainable);
    const read = await Promise.all(trained.map((weight) => this.executable.getSlot(weight, 0)));
    return new Map(trained.map((weight, i) => [weight.path, read[i].map((value) => 0 - value)]));
  }

  dispose(): void {
    this.executable.dispose();
  }
}

/** Numbers as a program takes them. */
export const staged = (whole: boolean, numbers: ArrayLike<number>): Int32Array | Float32Array =>
  whole ? Int32Array.from(numbers) : Float32Array.from(numbers);

export const targetsFor = ({ kind }: LossKernel, y: ArrayLike<number>): Int32Array | Float32Array =>
  staged(kind === "sparseCategoricalCrossentropy", y);

/** What so many steps at one rate are told. */
export const stepScalars = (batches: number, rate: number, decay = 0): Float32Array =>
  Float32Array.from({ length: 5 * batches }, (_, i) => [rate, decay, 0, 0, 1][i % 5]);

/** Uniform values about as large as an initializer's; biases are not zero, so that a lost one shows. */
function drawnWeights(weights: readonly Weight[], seed: number): WeightValues {
  return new Map(
    weights.map(({ path, shape }, index) => {
      const source = random(seed, stream.initial, index);
      const length = shape.reduce((a, b) => a * b, 1);
      const limit = path.endsWith("bias")
        ? 0.5
        : path.startsWith("table")
          ? 1
          : Math.min(1, 1.7 / Math.sqrt(shape[0] ?? 1));
      const least = path.endsWith("moving_variance") ? 1.5 : 0;
      const data = Float32Array.from({ length }, (_, i) => (2 * source.uniform(i) - 1) * limit + least);
      return [path, { shape, data }] as const;
    }),
  );
}
