// What `gruvy doctor` asks of the engine. A door of its own: nothing of it is loaded by the library.

export { type Cores, cores } from "../runtime/cores.ts";
export { freeMemory } from "../runtime/host.ts";
export { addressable } from "./addressable.ts";
export { measureSpeed, type Speed } from "./peak.ts";
export { selfTest, type TestedKernel } from "./self-test.ts";
