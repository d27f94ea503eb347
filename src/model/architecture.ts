import { GruvyError, product } from "../base/index.ts";
import type { BuiltInput, BuiltLayer, BuiltModel } from "./build.ts";
import { type AnyLayer, shapeOf } from "./layers/layer.ts";
import type { Network } from "./network.ts";
import { summarize } from "./summary.ts";

/** What a model consists of: layers, names, shapes. All that follows from shapes is known once they are. */
export abstract class Architecture {
  readonly name: string;
  readonly seed: number;
  protected readonly network: Network;
  protected built: BuiltModel | undefined;
  protected disposed = false;

  constructor(network: Network, name: string, seed: number) {
    this.network = network;
    this.name = name;
    this.seed = seed;
  }

  /** The layers, in the order of their weights. */
  get layers(): readonly AnyLayer[] {
    return this.network.layers;
  }

  /** The names by which data can be given. */
  get inputNames(): readonly string[] {
    return this.network.inputs;
  }

  /** The names by which losses, metrics and targets can be given, and of which those of the history are made. */
  get outputNames(): readonly string[] {
    return this.network.outputs.map(({ name }) => name);
  }

  protected needBuilt(): BuiltModel {
    if (this.disposed) throw new GruvyError("model/disposed", "The model has been disposed of");
    if (this.built) return this.built;
    throw new GruvyError(
      "model/not-built",
      "The shape of the model's input is not known yet",
      "Begin the model with input({ shape: [steps, features] }), or fit it first.",
    );
  }

  /** Whether the shapes of all weights are known. */
  get isBuilt(): boolean {
    return this.built !== undefined;
  }

  /** Rows of every batch, where layers keep states from one batch to the next; else undefined. */
  get fixedBatch(): number | undefined {
    return this.built?.fixedBatch;
  }

  /** What the data of each input must look like. */
  get inputs(): readonly BuiltInput[] {
    return this.needBuilt().inputs;
  }

  /** A table of layers with output shapes, parameters, memory and multiply-adds. */
  summary(): string {
    return summarize(this.name, this.needBuilt());
  }

  /** What one might not expect of the model, such as a layer that ends a mask; the console was told too. */
  get warnings(): readonly string[] {
    return this.needBuilt().warnings;
  }

  countParams(): number {
    return this.needBuilt().weights.reduce((sum, weight) => sum + product(weight.shape), 0);
  }

  /** The layers' names, in order. */
  get layerNames(): readonly string[] {
    return this.builtLayers.map(({ name }) => name);
  }

  /** The layers as they stand in the model. */
  get builtLayers(): readonly BuiltLayer[] {
    return this.needBuilt().layers;
  }

  /** Paths of the weights as in Keras, in the order of `getWeights`. */
  get weightPaths(): readonly string[] {
    return this.needBuilt().weights.map((weight) => weight.path);
  }

  /** Those of the weights that training moves. */
  get trainablePaths(): readonly string[] {
    return this.needBuilt().weights.flatMap(({ path, trainable }) => (trainable ? path : []));
  }

  /** Shape of the first output without the rows: [features] or [steps, features]; null where it may vary. */
  get outputShape(): readonly (number | null)[] {
    return this.outputShapes[0];
  }

  /** The shapes of all outputs. */
  get outputShapes(): readonly (readonly (number | null)[])[] {
    return this.needBuilt().outputs.map((output) => shapeOf(output).slice(1));
  }
}
