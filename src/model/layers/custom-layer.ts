import { shown } from "../../base/index.ts";
import { FormulaOp, Term } from "../../engine/index.ts";
import { define, functionOf, makeWeights, plainOptions, resultTerm, type WeightSpec } from "../custom.ts";
import { flag, optionsOf } from "../options.ts";
import { type Layer, layerOf, refuseTokens } from "./layer.ts";

/** What a layer of one's own is. */
export interface LayerDefinition<W extends Readonly<Record<string, WeightSpec>>> {
  /** Its weights by name, for an input of so many features. Default none. */
  readonly weights?: (features: number) => W;
  /** The output of a row, or of a step of a row. */
  readonly call: (x: Term, weights: { readonly [K in keyof W]: Term }) => Term;
}

/** What every layer of one's own can be told besides its own options. */
export interface CustomLayerOptions {
  /** Whether training changes the layer's weights. Default true. */
  readonly trainable?: boolean;
  readonly name?: string;
}

/**
 * A layer of your own that treats every row, and every step of a sequence, by itself, written with `ops`. Returns a
 * function from options to layers. It is differentiated by itself and compiled with the model; masks are handed on.
 *
 * `name` is what a saved model finds the layer by: define it before the model is loaded. Throws `model/formula` where
 * features do not fit, `model/name` for a name that is taken.
 *
 * @example
 * const { matmul, multiply, sigmoid } = ops;
 * const gatedLinear = customLayer("gatedLinear", ({ units }: { units: number }) => ({
 *   weights: (features) => ({ value: { shape: [features, units] }, gate: { shape: [features, units] } }),
 *   call: (x, { value, gate }) => multiply(matmul(x, value), sigmoid(matmul(x, gate))),
 * }));
 * sequential([input({ shape: [10, 3] }), gatedLinear({ units: 8 })]).outputShape; // [10, 8]
 */
export function customLayer<O extends object, W extends Readonly<Record<string, WeightSpec>>>(
  name: string,
  definition: (options: O) => LayerDefinition<W>,
): (...options: object extends O ? [(O & CustomLayerOptions)?] : [O & CustomLayerOptions]) => Layer {
  functionOf(definition, `for the definition of ${shown(name)}`);
  return define("layer", name, (given?: O & CustomLayerOptions): Layer => {
    const options = given === undefined ? ({} as O & CustomLayerOptions) : given;
    const { name: own, trainable = true, ...rest } = optionsOf(options, name);
    const layer = optionsOf(definition(rest as unknown as O), `the definition of ${name}`);
    functionOf(layer.call, `for call of ${name}`);
    if (layer.weights !== undefined) functionOf(layer.weights, `for weights of ${name}`);
    const config = {
      ...plainOptions(rest, name),
      ...(flag(trainable, `trainable of ${name}`) ? {} : { trainable }),
    };
    return layerOf({
      kind: name,
      name: own,
      config,
      learning: [config],
      perStep: true,
      build({ value, steps }, context) {
        refuseTokens(value, context.name);
        const { weights, terms } = makeWeights(layer.weights?.(value.features), context, name);
        const x = new Term({ kind: "input", index: 0 }, value.features);
        const result = resultTerm(layer.call(x, terms as { readonly [K in keyof W]: Term }), `call of ${name}`);
        return { value: new FormulaOp([value], { name, weights, result }).output, steps };
      },
    });
  });
}
