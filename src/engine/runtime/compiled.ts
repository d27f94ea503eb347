import { awaited } from "./host.ts";

/** So many of the latest modules are kept: a few models, each with its programs. */
const MOST_KEPT = 16;

/** The modules compiled last, the latest at the end. */
const kept: { readonly code: Uint8Array; readonly module: Promise<WebAssembly.Module> }[] = [];

/**
 * A module of that code. Models of one shape, as a search builds them by the hundred, have the same code: compiling it
 * again would take more time than their epochs, and it would begin slow again.
 */
export function compiled(code: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const at = kept.findIndex((one) => isSame(one.code, code));
  const [found] = at < 0 ? [{ code, module: awaited(WebAssembly.compile(code)) }] : kept.splice(at, 1);
  kept.push(found);
  if (kept.length > MOST_KEPT) kept.shift();
  return found.module;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
