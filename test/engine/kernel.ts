// The bench on which the kernels' tests run, and the self-test of `gruvy doctor`.
export { Bench, gathered, type Placed, spread } from "../../src/engine/doctor/bench.ts";
