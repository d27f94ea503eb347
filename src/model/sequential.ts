import { GruvyError, shown, type Tensor, type TensorsLike, tensor, wholeNumber } from "../base/index.ts";
import { type BuiltModel, buildModel } from "./build.ts";
import { byName } from "./by-name.ts";
import { declaredInput, inputFromData } from "./input-spec.ts";
import { type AnyLayer, describeLayer, type JsonObject, type LayerLike, layerAt } from "./layers/layer.ts";
import { Model } from "./model.ts";
import { layerOfNetwork } from "./nested.ts";
import { stackOf } from "./network.ts";

/**
 * A stack of layers, each fed by the one before. Make it with `sequential`.
 *
 * @example
 * const model = sequential([dense({ units: 1 })]);
 * model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit([[0], [1], [2]], [[1], [3], [5]], { epochs: 200 });
 * (await model.predict([[3]])).toArray(); // ≈ [[7.0]]
 */
export class Sequential extends Model<Tensor> {
  #layer: AnyLayer | undefined;
  readonly #ownName: string | undefined;

  constructor(layers: readonly LayerLike[], options: { readonly name?: string; readonly seed?: number } = {}) {
    const { name = "sequential", seed = 0 } = options;
    if (!Array.isArray(layers) || layers.length === 0) {
      throw new GruvyError("model/empty", `Expected a list of layers, found ${shown(layers)}`);
    }
    const list = layers.map((value, index) => {
      const layer = layerAt(value, `at place ${index}`);
      if (layer.kind === "input" && index > 0) {
        throw new GruvyError("model/layer", `Expected input at the first place, found it at place ${index}`);
      }
      if (layer.outputs === undefined) return layer;
      throw new GruvyError(
        "model/layer",
        `Expected a layer with one output at place ${index}, found ${layer.kind} with ${layer.outputs}`,
        "Use model({ inputs, outputs }) for layers with several.",
      );
    });
    super(stackOf(list), name, wholeNumber(seed, "seed", { min: 0 }));
    this.#ownName = options.name;
    const spec = declaredInput(this.network);
    if (spec) this.built = buildModel(this.network, [spec], this.seed);
  }

  get asLayer(): AnyLayer {
    this.#layer ??= layerOfNetwork(
      { kind: "sequential", name: this.#ownName, config: { layers: this.layers.map(describeLayer) } },
      this.network,
      { list: false },
    );
    return this.#layer;
  }

  protected arrange<T>(values: readonly T[]): T {
    return values[0];
  }

  protected buildFor(x: TensorsLike): BuiltModel | undefined {
    const values = byName(x, this.inputNames)?.[0];
    const spec = values && inputFromData(tensor(values).shape, this.network);
    return spec && buildModel(this.network, [spec], this.seed);
  }

  protected describe(): JsonObject {
    const spec = this.built?.inputs[0];
    return {
      kind: "sequential",
      name: this.name,
      seed: this.seed,
      input: spec
        ? {
            kind: spec.kind,
            features: spec.features,
            steps: spec.steps,
            ...(spec.batchSize === undefined ? {} : { batchSize: spec.batchSize }),
          }
        : null,
      layers: this.layers.map(describeLayer),
    };
  }
}

/**
 * A model of layers, each fed by the one before.
 *
 * `seed` (default 0) decides the first weights, the shuffling and the dropout: two models made alike and fitted alike
 * end with the same bits. Built at once when its first layer is `input` or `embedding`, else by its first data. A model
 * may stand where a layer stands. Keras's `Sequential`.
 *
 * @throws {GruvyError} `model/empty`, `model/layer` for what is no layer, `model/name` for two of one name,
 *   `model/shape` for layers that do not fit together; without `input` the last from the call that builds it.
 * @example
 * const model = sequential([embedding({ inputDim: 1000, outputDim: 16 }), gru({ units: 16 }), dense({ units: 1 })]);
 * model.countParams(); // 17649
 */
export function sequential(
  layers: readonly LayerLike[],
  options: { readonly name?: string; readonly seed?: number } = {},
): Sequential {
  return new Sequential(layers, options);
}
