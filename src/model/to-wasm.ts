import { GruvyError } from "../base/index.ts";
import { type Executable, freeze } from "../engine/index.ts";
import type { Arranged } from "./arranged.ts";
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
const VERSION = 2;

export async function modelToWasm(
  engine: Executable,
  options: WasmOptions,
  model: { readonly name: string; readonly built: BuiltModel; readonly answer: Arranged<number> },
): Promise<Uint8Array<ArrayBuffer>> {
  const given = optionsOf(options, "toWasm", "usage/option");
  refuseUnknown(given, ["relaxedSimd", "preprocessing"], "toWasm", "usage/option");
  const relaxedSimd = flag(given.relaxedSimd ?? false, "relaxedSimd of toWasm");
  const preprocessing = given.preprocessing && optionsOf(given.preprocessing, "preprocessing", "usage/option");
  const { name, built, answer } = model;
  const { inputs, outputs } = built;
  if (preprocessing && (inputs.length > 1 || outputs.length > 1)) {
    throw new GruvyError(
      "model/option",
      `Preprocessing is for a model of one input and one output, found ${inputs.length} and ${outputs.length}`,
      "Leave it out, and do it in code.",
    );
  }
  return freeze(engine, {
    fma: relaxedSimd,
    about: (plan, stream) => ({
      gruvy: VERSION,
      name,
      relaxedSimd,
      inputs: inputs.map((input) => ({
        ...input,
        steps: input.kind === "vector" ? 1 : input.steps,
        tokens: input.kind === "tokens" ? input.tokens : 0,
      })),
      outputs: outputs.map(({ name, value: { features, kind } }) => ({
        name,
        features,
        sequence: kind === "sequence",
      })),
      answer,
      preprocessing: preprocessing ?? null,
      stream: inputs.every(({ kind }) => kind === "vector") ? "its rows have no steps" : stream,
      plan,
    }),
  });
}
