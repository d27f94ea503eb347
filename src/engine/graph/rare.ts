// What few models and trainings have, in one part, which is loaded when a program with any of it is written.

export { Borders } from "./ops/borders.ts";
export { backFirst, keepLast, writeFirst } from "./ops/given-states.ts";
export * as gruBefore from "./ops/gru-before.ts";
export { beginMask, keepUnmasked, keepUnmaskedBackward } from "./ops/mask-steps.ts";
export * as softmaxCells from "./ops/softmax-cells.ts";
export { Crew, walkTogether } from "./ops/together.ts";
export * from "./rare-update.ts";
export { weigh } from "./weigh.ts";
