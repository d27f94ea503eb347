import type { ComparisonResult } from "./results.ts";

export const gruvyVersion = "0.1.0";

/** What a result was made with; in a browser there is no version of Node. */
export function versions(): ComparisonResult["versions"] {
  const host = (globalThis as { process?: { versions?: { node?: string; v8?: string } } }).process?.versions;
  return {
    gruvy: gruvyVersion,
    node: host?.node ?? "none (a browser)",
    engine: `WebAssembly on V8 ${host?.v8 ?? "?"}`,
  };
}
