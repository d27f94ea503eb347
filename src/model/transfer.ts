// What models take over from elsewhere: weights of another model, an optimizer's memory, averages of weights.

export { checkedState, readArrays, useAverages } from "./state.ts";
export { notAModel, placesIn } from "./weights-from.ts";
