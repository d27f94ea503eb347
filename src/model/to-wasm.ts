import { GruvyError } from "../base/index.ts";
import { type Executable, freeze } from "../engine/index.ts";
import type { BuiltModel } from "./build.ts";
import type { JsonObject } from "./layers/layer.ts";
import { flag, optionsOf, refuseUnknown } from "./options.ts";

/** What `toWasm` can be told. */
export interface WasmOptions {
  /**
   * Fused multiply-adds, which need an engine with relaxed SIMD: a little faster, and the bits of `predict` with
   * `numerics: "fast"` where the engine that predicts has them too. Default false: runs wherever WebAssembly has SIMD,
   * with the bits of `numerics: "exact"`.
   */
  readonly relaxedSimd?: boolean;
  /** What the loader does to data before the model sees them and after it answered, as `gruvy export` writes it. */
  readonly preprocessing?: JsonObject;
}

/** The version of what the custom section says. */
const VERSION = 1;

export async function modelToWasm(
  engine: Executable,
  options: WasmOptions,
  model: { readonly name: string; readonly built: BuiltModel },
): Promise<Uint8Array<ArrayBuffer>> {
  const given = optionsOf(options, "toWasm", "usage/option");
  refuseUnknown(given, ["relaxedSimd", "preprocessing"], "toWasm", "usage/option");
  const relaxedSimd = flag(given.relaxedSimd ?? false, "relaxedSimd of toWasm");
  const preprocessing = given.preprocessing && optionsOf(given.preprocessing, "preprocessing", "usage/option");
  const { name, built } = model;
  const { inputs, outputs } = built;
  if (inputs.length > 1 || outputs.length > 1) {
    throw new GruvyError(
      "model/option",
      `Expected a model of one input and one output, found ${inputs.length} and ${outputs.length}`,
      inputs.length > 1 ? "Models of several inputs cannot be exported yet." : "Export a model for each output.",
    );
  }
  const { kind, features, steps, batchSize } = inputs[0];
  const input = {
    kind,
    features,
    steps: kind === "vector" ? 1 : steps,
    ...(batchSize === undefined ? {} : { batchSize }),
  };
  const tokens = kind === "tokens" ? inputs[0].tokens : 0;
  const [{ value }] = outputs;
  return freeze(engine, {
    fma: relaxedSimd,
    about: (plan, stream) => ({
      gruvy: VERSION,
      name,
      relaxedSimd,
      inputs: [{ ...input, tokens }],
      output: { features: value.features, sequence: value.kind === "sequence" },
      preprocessing: preprocessing ?? null,
      stream: kind === "vector" ? "its rows have no steps" : stream,
      plan,
    }),
  });
}
