export { HyperParameters, type RangeOptions, type Value, type Values } from "./space/index.ts";
