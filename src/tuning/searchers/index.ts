export { ashaSearcher } from "./asha.ts";
export { bayesianSearcher } from "./bayesian.ts";
export { gridSearcher } from "./grid.ts";
export { hyperbandBrackets, hyperbandSearcher } from "./hyperband.ts";
export { randomSearcher } from "./random.ts";
export type { PlanLine, Rung, Searcher, Suggestion, TrialView } from "./searcher.ts";
export { tpeDraw, tpeSearcher } from "./tpe.ts";
