import { features, probeAgain } from "../wasm/index.ts";
import { wideMatchesPlain } from "./wide-test.ts";

interface V8 {
  setFlagsFromString(flag: string): void;
}
interface V8Host {
  readonly versions?: { readonly v8?: string };
  getBuiltinModule?(name: "node:v8"): V8;
}

/** Node 20's V8 has fused multiply-add behind a flag; later ones have it, and complain about a flag they do not know. */
const FMA_WITHOUT_FLAG = 12;
/** Node 24's V8 is the first whose revectorizer can be used. */
const REVECTORIZER = 13;

let wide = false;

/** Whether programs are written for registers of 256 bits. */
export const usesWide = (): boolean => wide;

function engineHost(): { readonly v8: V8 | undefined; readonly major: number } {
  const host = (globalThis as { process?: V8Host }).process;
  return { v8: host?.getBuiltinModule?.("node:v8"), major: Number(host?.versions?.v8?.split(".")[0]) };
}

/**
 * What `work` compiles and calls is code as it runs for most of the time: V8's first, quick compilation is left out. V8
 * inlines by what that compilation has counted, and from version 14 on ends the process where it has not been, so
 * inlining is left out too.
 */
export function optimised<T>(work: () => T): T {
  const { v8, major } = engineHost();
  const flags = major < REVECTORIZER ? ["liftoff"] : ["liftoff", "wasm-inlining"];
  for (const flag of flags) v8?.setFlagsFromString(`--no-${flag}`);
  try {
    return work();
  } finally {
    for (const flag of flags) v8?.setFlagsFromString(`--${flag}`);
    // It goes with the first of them, and there it does not come back with it: all would be optimised at once.
    if (major < REVECTORIZER) v8?.setFlagsFromString("--wasm-dynamic-tiering");
  }
}

export interface ExperimentalSimd {
  /** Fused multiply-add: about 1.2 to 1.7 times the speed. */
  readonly fma: boolean;
  /** Vectors of 256 bits, by V8's revectorizer: about 1.4 times the speed of a recurrent layer. */
  readonly wide: boolean;
}

/**
 * Asks Node's engine for what it keeps behind flags: fused multiply-add on Node 20, 256-bit vectors on Node 24 and
 * later. The flags hold for the whole process, so the library leaves them alone unless asked; our commands ask. The wide
 * kernels are compared with the plain ones, bit by bit, before they are used. Call it before any model is made.
 *
 * @example
 * typeof enableExperimentalSimd().fma; // "boolean"
 */
export function enableExperimentalSimd(): ExperimentalSimd {
  const { v8, major } = engineHost();
  if (v8 && !features().fma && major < FMA_WITHOUT_FLAG) {
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
    probeAgain();
  }
  if (v8 && !wide && features().fma && major >= REVECTORIZER) {
    v8.setFlagsFromString("--experimental-wasm-revectorize");
    wide = wideMatchesPlain(optimised);
    if (!wide) v8.setFlagsFromString("--no-experimental-wasm-revectorize");
  }
  return { fma: features().fma, wide };
}
