export {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandBrackets,
  hyperbandSearcher,
  randomSearcher,
  type Searcher,
  tpeSearcher,
} from "./searchers/index.ts";
export { HyperParameters, type RangeOptions, type Value, type Values } from "./space/index.ts";
