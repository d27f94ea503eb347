export { HyperParameters } from "./hyperparameters.ts";
export {
  evenCount,
  isOrdered,
  type Parameter,
  placeOf,
  placesOf,
  type RangeOptions,
  type Value,
  type Values,
  valueAt,
} from "./parameter.ts";
export {
  configuration,
  countConfigurations,
  decide,
  defaults,
  described,
  enumerate,
  isActive,
  requireVariety,
  type Space,
  sample,
  summarize,
} from "./space.ts";
