import { F32x4, I32 } from "./expression.ts";
import { Module } from "./module.ts";

/** What this WebAssembly engine can do. */
export interface Features {
  readonly simd: boolean;
  /** `f32x4.relaxed_madd`: a product and a sum in one instruction. */
  readonly fma: boolean;
  /** Memory shared between threads; in a page only when it is cross-origin isolated. */
  readonly threads: boolean;
}

function validates(fma: boolean, shared: boolean): boolean {
  // As under `node --jitless`.
  if (typeof WebAssembly === "undefined") return false;
  const module = new Module({ fma }, { shared });
  module.function("probe", [I32], (fn, address) => {
    const value = F32x4.load(address);
    fn.store(address, value.mulAdd(value, value));
    return undefined;
  });
  return WebAssembly.validate(module.finish());
}

let probed: Features | undefined;

/** Asks the engine once by validating tiny modules. */
export function features(): Features {
  if (probed) return probed;
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  probed = {
    simd: validates(false, false),
    fma: validates(true, false),
    threads: typeof SharedArrayBuffer !== "undefined" && isolated !== false && validates(false, true),
  };
  return probed;
}

/** Forgets what was found: for use after a flag of the engine has changed. */
export function probeAgain(): void {
  probed = undefined;
}
