import { graphOfNet, type Net, type NetBatch } from "../../src/engine/graph/net.twin.ts";
import { isTokens } from "../../src/engine/graph/stack.twin.ts";
import type { UpdateRule } from "../../src/engine/index.ts";
import { CompiledRun, staged, stepScalars, targetsFor, watched } from "./compiled-run.ts";

/** A net compiled, with weights drawn from a seed. */
export class NetRun extends CompiledRun {
  private readonly net: Net;

  constructor(
    net: Net,
    { exact, wide, rule = watched }: { exact: boolean; wide: boolean; rule?: UpdateRule },
    seed: number,
  ) {
    const objectives = net.outputs.map(({ loss }) => ({ loss, metrics: [] }));
    const outputs = graphOfNet(net).map((value, i) => ({ value, objective: objectives[i] }));
    super({ outputs, training: { rule, decays: false }, exact }, wide, seed);
    this.net = net;
    this.reset();
  }

  private work({ rows, x }: NetBatch, batchSize: number) {
    const inputs = this.net.inputs.map(({ input }, i) => staged(isTokens(input), x[i]));
    return { rows, batchSize, steps: this.net.steps, inputs };
  }

  private targets({ y }: NetBatch) {
    return this.net.outputs.map(({ loss }, i) => targetsFor(loss, y[i]));
  }

  async predict(batch: NetBatch, batchSize: number): Promise<readonly Float32Array[]> {
    return (await this.executable.run("predict", this.work(batch, batchSize))).outputs!;
  }

  evaluate(batch: NetBatch, batchSize: number) {
    return this.executable.run("evaluate", { ...this.work(batch, batchSize), targets: this.targets(batch) });
  }

  /** Trains on rows in batches at one rate. */
  train(batch: NetBatch, { batchSize, rate = 1, iteration }: { batchSize: number; rate?: number; iteration: number }) {
    const scalars = stepScalars(Math.ceil(batch.rows / batchSize), rate);
    const work = { ...this.work(batch, batchSize), targets: this.targets(batch), scalars, iteration };
    return this.executable.run("train", work);
  }
}
