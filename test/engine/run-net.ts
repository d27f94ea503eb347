import { graphOfNet, type Net, type NetBatch } from "../../src/engine/graph/net.twin.ts";
import { isTokens } from "../../src/engine/graph/stack.twin.ts";
import { Executable, features, type UpdateRule } from "../../src/engine/index.ts";
import { drawnWeights, type WeightValues, watched } from "./run-stack.ts";

/** A net compiled, with weights drawn from a seed. */
export class NetRun {
  readonly executable: Executable;
  readonly start: WeightValues;
  private readonly net: Net;

  constructor(
    net: Net,
    { exact, wide, rule = watched }: { exact: boolean; wide: boolean; rule?: UpdateRule },
    seed: number,
  ) {
    this.net = net;
    this.executable = new Executable({
      outputs: graphOfNet(net).map((value, i) => ({ value, objective: { loss: net.outputs[i].loss, metrics: [] } })),
      training: { rule, decays: false },
      exact,
    });
    if (wide) Object.assign(this.executable, { target: { fma: features().fma && !exact, wide: true } });
    this.start = drawnWeights(this.executable.weights, seed);
    for (const weight of this.executable.weights) this.executable.setWeight(weight, this.start.get(weight.path)!.data);
  }

  private work({ rows, x }: NetBatch, batchSize: number) {
    const staged = this.net.inputs.map(({ input }, i) =>
      isTokens(input) ? Int32Array.from(x[i]) : Float32Array.from(x[i]),
    );
    return { rows, batchSize, steps: this.net.steps, inputs: staged };
  }

  private targets({ y }: NetBatch) {
    return this.net.outputs.map(({ loss }, i) =>
      loss.kind === "sparseCategoricalCrossentropy" ? Int32Array.from(y[i]) : Float32Array.from(y[i]),
    );
  }

  async predict(batch: NetBatch, batchSize: number): Promise<readonly Float32Array[]> {
    return (await this.executable.run("predict", this.work(batch, batchSize))).outputs!;
  }

  evaluate(batch: NetBatch, batchSize: number) {
    return this.executable.run("evaluate", { ...this.work(batch, batchSize), targets: this.targets(batch) });
  }

  /** Trains on rows in batches at one rate. */
  train(batch: NetBatch, { batchSize, rate = 1, iteration }: { batchSize: number; rate?: number; iteration: number }) {
    const batches = Math.ceil(batch.rows / batchSize);
    const scalars = Float32Array.from({ length: 5 * batches }, (_, i) => [rate, 0, 0, 0, 1][i % 5]);
    const work = { ...this.work(batch, batchSize), targets: this.targets(batch), scalars, iteration };
    return this.executable.run("train", work);
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
