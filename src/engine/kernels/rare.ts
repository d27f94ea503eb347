// What few models have, in one part, which is loaded when a program with any of it is written.

export { orthonormalizeBlocks } from "./draw-blocks.ts";
export { rareFunctions, softmax, softmaxBackward } from "./rare-activation.ts";
export { rareLossRow } from "./rare-loss.ts";
export { areaUnderCurve, countRare, f1Of, perplexityOf, r2Of } from "./rare-metric.ts";
export { rareStep } from "./rare-optimizer.ts";
