// What few trainings and few models ask for, in one part, which is loaded when any of it is.

export { Listening } from "./callbacks/listening.ts";
export { progressBar } from "./callbacks/progress-bar.ts";
export { emptyHistory } from "./empty-history.ts";
export { memoryNeed } from "./memory.ts";
export { draw } from "./rare-initializers.ts";
export { refuseBatches, refuseFirst, refuseRows, refuseSignal, refuseSplit } from "./refuse-rows.ts";
export { checkClassWeight, weightClasses, weightRows } from "./row-weights.ts";
export { checkedState, readArrays, useAverages } from "./state.ts";
export { checkStream, streamRows } from "./stream-rows.ts";
export { modelToWasm } from "./to-wasm.ts";
export { traceModel } from "./trace.ts";
export { notAModel, placesIn } from "./weights-from.ts";
export { withPlace } from "./with-place.ts";
