import { GruvyError, wholeNumber } from "../../base/index.ts";
import { ActivationOp, activationNamed, ConvolutionOp, type RowActivation } from "../../engine/index.ts";
import { type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import { ignoreMask, type Layer, layerOf, needSequence } from "./layer.ts";
import { type DenseRules, weightRules } from "./weight-rules.ts";
import { fixedWindows, paddingOf, stepCount } from "./windows.ts";

/** What `conv1d` can be told. */
export interface Conv1dOptions extends DenseRules {
  /** Features of the output. */
  readonly filters: number;
  /** Steps that a window looks at. */
  readonly kernelSize: number;
  /** Steps from one window to the next. Default 1. */
  readonly strides?: number;
  /**
   * `valid` (the default): windows lie within the sequence; `same`: one for each step, with zeros beyond both ends;
   * `causal`: likewise, with all zeros in front, so that no step sees one behind it.
   */
  readonly padding?: "valid" | "same" | "causal";
  /** Steps from one place of a window to the next; more than 1 only without `strides`. Default 1. */
  readonly dilationRate?: number;
  /** Default `linear`; `softmax` works over the filters. */
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
 * A convolution over time (LeCun et al. 1989; dilated: van den Oord et al. 2016): each step of the output is the same
 * weighted sum of a window of steps.
 *
 * Input [rows, steps, features]; output [rows, windows, filters], with as many windows as steps where `padding` is not
 * `valid` and `strides` 1. Learned: kernel [kernelSize, features, filters], bias [filters]. As in Keras masks are not
 * looked at and end here, which is said once. Throws `model/option` for an option out of range, `data/shape` for
 * sequences shorter than a window.
 *
 * @example
 * const model = sequential([input({ shape: [10, 3] }), conv1d({ filters: 4, kernelSize: 3 }), gru({ units: 8 })]);
 * model.countParams(); // 376
 */
export function conv1d(options: Conv1dOptions): Layer {
  const {
    filters,
    kernelSize,
    strides = 1,
    padding = "valid",
    dilationRate = 1,
    activation = "linear",
    useBias = true,
    kernelInitializer = "glorotUniform",
    biasInitializer = "zeros",
    name,
  } = optionsOf(options, "conv1d");
  const kernelValues = initializer(kernelInitializer, "kernelInitializer");
  const biasValues = initializer(biasInitializer, "biasInitializer");
  const fn = activationNamed(activation);
  const own = weightRules(options, "conv1d", ["kernel", "bias"]);
  const config = {
    filters,
    kernelSize: stepCount(kernelSize, "kernelSize of conv1d"),
    strides: stepCount(strides, "strides of conv1d"),
    padding: paddingOf(padding, ["valid", "same", "causal"], "conv1d"),
    dilationRate: stepCount(dilationRate, "dilationRate of conv1d"),
    activation: fn,
    useBias: flag(useBias, "useBias of conv1d"),
    kernelInitializer: kernelValues.config,
    biasInitializer: biasValues.config,
    ...own.config,
  };
  refuseUnknown(options, [...Object.keys(config), ...own.names, "name"], "conv1d");
  wholeNumber(filters, "filters of conv1d", { max: 2 ** 24, code: "model/option" });
  if (strides > 1 && dilationRate > 1) {
    throw new GruvyError(
      "model/option",
      `Expected strides or dilationRate of conv1d to be 1, found ${strides} and ${dilationRate}`,
    );
  }
  const windows = { size: kernelSize, strides, dilation: dilationRate, padding };
  return layerOf({
    kind: "conv1d",
    name,
    config,
    learning: [config],
    build({ value, steps }, context) {
      needSequence(value, context.name);
      ignoreMask(value, context);
      const op = new ConvolutionOp(value, { path: context.name, filters, useBias, ...windows });
      context.initialize(op.weights[0], kernelValues.values, own.rules.kernel);
      if (op.weights[1]) context.initialize(op.weights[1], biasValues.values, own.rules.bias);
      return {
        value: fn === "linear" ? op.output : new ActivationOp(op.output, fn).output,
        steps: fixedWindows(windows, steps, context.name),
      };
    },
  });
}
