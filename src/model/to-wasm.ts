import { type Executable, freeze } from "../engine/index.ts";
import type { InputSpec } from "./build.ts";
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
  model: { readonly name: string; readonly input: InputSpec; readonly tokens: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const given = optionsOf(options, "toWasm", "usage/option");
  refuseUnknown(given, ["relaxedSimd", "preprocessing"], "toWasm", "usage/option");
  const relaxedSimd = flag(given.relaxedSimd ?? false, "relaxedSimd of toWasm");
  const preprocessing = given.preprocessing && optionsOf(given.preprocessing, "preprocessing", "usage/option");
  const { name, input, tokens } = model;
  return freeze(engine, {
    fma: relaxedSimd,
    about: (plan, stream) => ({
      gruvy: VERSION,
      name,
      relaxedSimd,
      inputs: [{ ...input, tokens }],
      output: { features: engine.output.features, sequence: engine.output.kind === "sequence" },
      preprocessing: preprocessing ?? null,
      stream,
      plan,
    }),
  });
}
