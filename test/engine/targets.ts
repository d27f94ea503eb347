import { setFlagsFromString } from "node:v8";
import { features, probeAgain, type Target } from "../../src/engine/wasm/index.ts";

// Node 20 has the fused multiply-add behind a flag, to be set before anything compiles; later ones have it.
if (!features().fma && process.env.GRUVY_PLAIN === undefined) {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  probeAgain();
}

/** What kernels are written for on this machine: plain multiply and add everywhere, and fused where there is one. */
export const targets: readonly (readonly [name: string, target: Target])[] = [
  ["multiply and add", { fma: false }],
  ...(features().fma ? ([["fused", { fma: true }]] as const) : []),
];

/** The same, and with the tiles for registers of 256 bits, which any engine can run. */
export const tileTargets: typeof targets = [
  ...targets,
  ...targets.map(([name, target]) => [`${name}, wide tiles`, { ...target, wide: true }] as const),
];
