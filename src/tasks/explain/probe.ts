import { Tensor } from "../../base/index.ts";
import { embedding, type JsonObject, type Model, sequentialFromConfig, sgd, type Trace } from "../../model/index.ts";

/** A row as the model takes it: tokens, or numbers [step][feature]. */
export type Sequence = Int32Array | Float32Array;

type LayerConfig = { readonly kind: string; readonly config: JsonObject };

/**
 * A trained model opened for questions: the same weights, for rows of any length, without dropout, and with the vectors
 * of an embedding as inputs of their own.
 */
export class Probe {
  /** Numbers of a step; 0 for tokens. */
  readonly features: number;
  readonly outputs: number;
  private readonly free: Model;
  private readonly layers: readonly LayerConfig[];
  private readonly weights: readonly Tensor[];

  private constructor(free: Model, layers: readonly LayerConfig[], weights: readonly Tensor[]) {
    this.free = free;
    this.layers = layers;
    this.weights = weights;
    const { input } = free.toConfig() as { input: { kind: string; features: number } };
    this.features = input.kind === "tokens" ? 0 : input.features;
    this.outputs = free.outputShape.at(-1)!;
  }

  static async of(model: Model): Promise<Probe> {
    const config = model.toConfig() as { layers: LayerConfig[]; input: { kind: string; features: number } };
    const { kind, features } = config.input;
    const shape = kind === "tokens" ? [null] : [null, features];
    const layers = config.layers.filter((layer) => layer.kind !== "input").map(withoutDropout);
    const list = [{ kind: "input", config: { shape } }, ...layers];
    const free = sequentialFromConfig({ ...config, input: null, layers: list, compile: null });
    const weights = await model.getWeights();
    await free.setWeights(weights);
    return new Probe(free, layers, weights);
  }

  dispose(): void {
    this.free.dispose();
  }

  private tensor(rows: readonly Sequence[]): Tensor {
    const steps = rows[0].length / (this.features || 1);
    const data =
      this.features === 0 ? new Int32Array(rows.length * steps) : new Float32Array(rows.length * rows[0].length);
    rows.forEach((row, i) => {
      data.set(row, i * row.length);
    });
    return new Tensor(this.features === 0 ? [rows.length, steps] : [rows.length, steps, this.features], data);
  }

  /** The outputs of rows of any lengths. */
  async predict(rows: readonly Sequence[]): Promise<Float32Array[]> {
    const found = new Array<Float32Array>(rows.length);
    const byLength = new Map<number, number[]>();
    rows.forEach(({ length }, i) => {
      byLength.set(length, [...(byLength.get(length) ?? []), i]);
    });
    for (const places of byLength.values()) {
      const { data } = await this.free.predict(this.tensor(places.map((i) => rows[i])), { batchSize: 256 });
      places.forEach((place, i) => {
        found[place] = data.slice(i * this.outputs, (i + 1) * this.outputs) as Float32Array;
      });
    }
    return found;
  }

  trace(row: Sequence): Promise<Trace> {
    return this.free.trace(this.tensor([row]));
  }

  /**
   * The gradient of the row's output with regard to the vectors of its steps, times those vectors, summed over each step.
   * `target`: what the loss compares the outputs with, such that its gradient is that of what is asked for.
   */
  async gradientTimesInput(row: Sequence, loss: GradientLoss, target: readonly number[]): Promise<Float64Array> {
    const vectors = this.vectors(row);
    const { width } = vectors;
    const steps = vectors.data.length / width;
    const source = embedding({ inputDim: steps, outputDim: width });
    const rest = this.layers.filter(({ kind }) => kind !== "embedding" && kind !== "masking");
    const layers = [{ kind: source.kind, config: source.config }, ...rest];
    const model = sequentialFromConfig({ kind: "sequential", seed: 0, input: null, layers, compile: null });
    const weights = this.features === 0 ? this.weights.slice(1) : this.weights;
    await model.setWeights([new Tensor([steps, width], vectors.data), ...weights]);
    model.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss });
    await model.fit([Array.from({ length: steps }, (_, t) => t)], [[...target]], { batchSize: 1, epochs: 1 });
    // After one step the momentum is minus the gradient.
    const { tensors } = await model.getOptimizerState();
    const momentum = tensors.get(`momentum/${model.weightPaths[0]}`)!.data;
    model.dispose();
    const found = new Float64Array(steps);
    momentum.forEach((value, i) => {
      found[Math.floor(i / width)] -= value * vectors.data[i];
    });
    return found;
  }

  /** A row's steps as the vectors that the layers behind an embedding see. */
  private vectors(row: Sequence): { readonly data: Float32Array; readonly width: number } {
    if (this.features > 0) return { data: row as Float32Array, width: this.features };
    const [table] = this.weights;
    const [, width] = table.shape;
    const data = new Float32Array(row.length * width);
    row.forEach((token, t) => {
      data.set(table.data.subarray(token * width, (token + 1) * width), t * width);
    });
    return { data, width };
  }
}

export type GradientLoss = "binaryCrossentropy" | "categoricalCrossentropy" | "meanSquaredError";

function withoutDropout({ kind, config, ...rest }: LayerConfig): LayerConfig {
  const rates = ["rate", "dropout", "recurrentDropout"].filter((name) => Object.hasOwn(config, name));
  return { ...rest, kind, config: { ...config, ...Object.fromEntries(rates.map((name) => [name, 0])) } };
}
