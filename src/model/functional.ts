import { GruvyError, refuseUnknown, shown, type Tensor, wholeNumber } from "../base/index.ts";
import type { Arranged } from "./arranged.ts";
import { type BuiltModel, buildModel, takesTokens } from "./build.ts";
import { isRecord } from "./by-name.ts";
import { graph } from "./graph.ts";
import { declaredBatch, declaredShape, specOf } from "./input-spec.ts";
import { type AnyLayer, describeLayer, isSymbolic, type JsonObject, type SymbolicTensor } from "./layers/layer.ts";
import { Model } from "./model.ts";
import { layerOfNetwork } from "./nested.ts";
import { type NamedTensors, networkOf, type Source } from "./network.ts";
import { optionsOf } from "./options.ts";
import { summarize } from "./summary.ts";

/** What `model` takes. */
export interface ModelOptions<Out extends Arranged<SymbolicTensor> = Arranged<SymbolicTensor>> {
  /** What `input()` gave: one, a list, or an object by name. Data are given to `fit` and `predict` alike. */
  readonly inputs: Arranged<SymbolicTensor>;
  /** What `apply` gave: one, a list, or an object by name. `predict` resolves to tensors arranged like this. */
  readonly outputs: Out;
  readonly name?: string;
  /** Decides the first weights, the shuffling and the dropout. Default 0. */
  readonly seed?: number;
}

/** What `predict` of a functional model resolves to. */
export type Predicted<Out> = Out extends SymbolicTensor
  ? Tensor
  : Out extends readonly unknown[]
    ? Tensor[]
    : { [K in keyof Out]: Tensor };

type Arrangement = "one" | "list" | readonly string[];

/** A model of layers applied to each other. Make it with `model`. */
export class FunctionalModel<Out = Tensor> extends Model<Out> {
  private readonly inputsAs: Arrangement;
  private readonly outputsAs: Arrangement;
  private readonly ownName: string | undefined;
  private layer: AnyLayer | undefined;

  constructor(options: ModelOptions) {
    const { inputs, outputs, name, seed = 0 } = optionsOf(options, "model");
    refuseUnknown(options, ["inputs", "outputs", "name", "seed"], "model", "model/option");
    const [given, wanted] = [namedTensors(inputs, "inputs"), namedTensors(outputs, "outputs")];
    checkInputs(given);
    const network = { ...networkOf(given, wanted), graph };
    super(network, name ?? "functional", wholeNumber(seed, "seed", { min: 0 }));
    this.ownName = name;
    this.inputsAs = arrangementOf(inputs);
    this.outputsAs = arrangementOf(outputs);
    const specs = given.map(({ tensor: { call } }, index) => ({
      ...specOf(declaredShape(call.layer)!, takesTokens(network, index), `the input "${network.inputs[index]}"`),
      ...declaredBatch(call.layer),
    }));
    this.built = buildModel(network, specs, this.seed);
  }

  get asLayer(): AnyLayer {
    this.layer ??= layerOfNetwork({ kind: "functional", name: this.ownName, config: this.wiring }, this.network, {
      list: this.outputsAs !== "one",
    });
    return this.layer;
  }

  override summary(): string {
    return summarize(this.name, this.needBuilt(), true);
  }

  protected arrange<T>(values: readonly T[]): Arranged<T> {
    return arranged(values, this.outputsAs);
  }

  protected buildFor(): BuiltModel {
    return this.needBuilt();
  }

  protected describe(): JsonObject {
    return { kind: "functional", name: this.name, seed: this.seed, ...this.wiring };
  }

  /** Layers, and for each call its layer and the outputs of earlier calls that it takes. */
  private get wiring(): JsonObject {
    const { layers, calls, inputs, outputs } = this.network;
    const reference = (source: Source) => {
      if ("call" in source) return { call: source.call, index: source.index };
      throw new Error("a call takes an input straight");
    };
    const inputCalls = inputs.map((_, index) => ({
      call: calls.findIndex(({ from: [first] }) => first !== undefined && "input" in first && first.input === index),
      index: 0,
    }));
    return {
      layers: layers.map(describeLayer),
      calls: calls.map(({ layer, from }) => ({
        layer,
        inputs: from.flatMap((source) => ("call" in source ? [reference(source)] : [])),
      })),
      inputs: arranged(inputCalls, this.inputsAs),
      outputs: arranged(
        outputs.map(({ from }) => reference(from)),
        this.outputsAs,
      ),
    };
  }
}

function arrangementOf(given: Arranged<SymbolicTensor>): Arrangement {
  if (isSymbolic(given)) return "one";
  return Array.isArray(given) ? "list" : Object.keys(given);
}

function arranged<T>(values: readonly T[], as: Arrangement): Arranged<T> {
  if (as === "one") return values[0];
  return as === "list" ? [...values] : Object.fromEntries(as.map((name, i) => [name, values[i]]));
}

/** The tensors a user gave, each with its name where it has one. */
function namedTensors(given: unknown, what: "inputs" | "outputs"): NamedTensors {
  const list: readonly (readonly [string | undefined, unknown])[] = isSymbolic(given)
    ? [[undefined, given]]
    : Array.isArray(given)
      ? given.map((value) => [undefined, value] as const)
      : isRecord(given)
        ? Object.entries(given)
        : [[undefined, given]];
  if (list.length === 0) throw new GruvyError("model/empty", `Expected at least one tensor in ${what}, found none`);
  return list.map(([name, tensor]) => {
    if (isSymbolic(tensor)) return { name, tensor };
    throw new GruvyError(
      "model/option",
      `Expected ${what} of model to be what ${what === "inputs" ? "input()" : "apply"} gave, a list or an object of such, found ${shown(tensor)}`,
    );
  });
}

function checkInputs(inputs: NamedTensors): void {
  inputs.forEach(({ tensor: { call } }, index) => {
    if (call.layer.kind !== "input") {
      throw new GruvyError(
        "model/inputs",
        `Expected what input() gave in inputs, found the output of ${call.layer.kind} at place ${index}`,
        "A model begins with inputs.",
      );
    }
    const first = inputs.findIndex(({ tensor }) => tensor.call === call);
    if (first === index) return;
    throw new GruvyError("model/inputs", `The inputs at places ${first} and ${index} are the same one`);
  });
}

/**
 * A model of layers applied to each other: with several inputs and outputs, branches that meet in `concatenate`, `add`
 * and their like, and layers that are applied more than once with one set of weights.
 *
 * Data of several inputs or outputs are given as a list in the order of `inputs` or `outputs`, or as an object by name:
 * the names are those of the object given here, else those of the layers. `predict` resolves to a tensor, a list or an
 * object, as `outputs` are. The history has `loss`, and of several outputs each `<output>Loss` and `<output><Metric>`.
 *
 * @throws {GruvyError} `model/inputs` for an input that no output depends on, or that is missing; `model/name`,
 *   `model/shape` for layers that do not fit together.
 *
 * @example
 * const series = input({ shape: [null, 8], name: "series" });
 * const shop = input({ shape: [3], name: "shop" });
 * const state = gru({ units: 16 }).apply(series);
 * const both = concatenate().apply([state, shop]);
 * const sales = dense({ units: 1, name: "sales" }).apply(both);
 * const open = dense({ units: 1, activation: "sigmoid", name: "open" }).apply(both);
 *
 * const net = model({ inputs: [series, shop], outputs: { sales, open } });
 * net.compile({ loss: { sales: "mse", open: "binaryCrossentropy" }, lossWeights: { open: 0.5 } });
 * net.countParams(); // 1288
 */
export function model<const Out extends Arranged<SymbolicTensor>>(
  options: ModelOptions<Out>,
): FunctionalModel<Predicted<Out>> {
  return new FunctionalModel<Predicted<Out>>(options);
}
