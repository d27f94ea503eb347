import { wholeNumber } from "../../base/index.ts";
import { ActivationOp, AffineOp, activationNamed, type RowActivation } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import { type Layer, layerOf, refuseTokens } from "./layer.ts";
import { type DenseRules, weightRules } from "./weight-rules.ts";

/** What `dense` can be told. */
export interface DenseOptions extends DenseRules {
  /** Features of the output. */
  readonly units: number;
  /** Default `linear`; `softmax` works over the units. */
  readonly activation?: RowActivation | "silu";
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerLike;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerLike;
  readonly name?: string;
}

/**
 * A fully connected layer: activation(x W + b), over the last axis.
 *
 * Input [rows, features] or [rows, steps, features]; output the same with `units` features. Learned: kernel [features,
 * units], bias [units]. Throws `model/option` for an option out of range.
 *
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3, activation: "softmax" })]);
 * model.countParams(); // 15
 */
export function dense(options: DenseOptions): Layer {
  const {
    units,
    activation = "linear",
    useBias = true,
    kernelInitializer = "glorotUniform",
    biasInitializer = "zeros",
    name,
  } = optionsOf(options, "dense");
  const own = weightRules(options, "dense", ["kernel", "bias"]);
  const names = ["units", "activation", "useBias", "kernelInitializer", "biasInitializer", "name"];
  refuseUnknown(options, [...names, ...own.names], "dense");
  wholeNumber(units, "units of dense", { max: 2 ** 24, code: "model/option" });
  const kernelValues = initializer(kernelInitializer, "kernelInitializer");
  const biasValues = initializer(biasInitializer, "biasInitializer");
  const fn = activationNamed(activation);
  const config = {
    units,
    activation: fn,
    useBias: flag(useBias, "useBias of dense"),
    kernelInitializer: kernelValues.config,
    biasInitializer: biasValues.config,
    ...own.config,
  };
  return layerOf({
    kind: "dense",
    name,
    config,
    learning: [config],
    perStep: true,
    build({ value, steps }, context) {
      refuseTokens(value, context.name);
      const op = new AffineOp(value, { path: context.name, units, useBias });
      context.initialize(op.weights[0], kernelValues.values, own.rules.kernel);
      if (op.weights[1]) context.initialize(op.weights[1], biasValues.values, own.rules.bias);
      return { value: fn === "linear" ? op.output : new ActivationOp(op.output, fn).output, steps };
    },
  });
}
