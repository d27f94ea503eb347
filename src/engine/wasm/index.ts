export { F32, F32x4, F64, I32, I32x4 } from "./expression.ts";
export { Fn, type FunctionRef, type Variable } from "./function.ts";
export { Module } from "./module.ts";
export { ownMemory } from "./own-memory.ts";
export { growBy, pagesOf } from "./pages.ts";
export { type Features, features, probeAgain } from "./probe.ts";
export type { Target } from "./write.ts";
