import { Late } from "../../base/index.ts";

/** Activations, losses and metrics that few models have. */
export const rareKernels = new Late(() => import("./rare.ts"));
