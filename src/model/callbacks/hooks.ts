/** What `fit` calls of a callback. */
export const hooks: readonly string[] = [
  "onTrainBegin",
  "onEpochBegin",
  "onBatchEnd",
  "onProgress",
  "onEpochEnd",
  "onStanding",
  "onTrainEnd",
  "getState",
  "setState",
];
