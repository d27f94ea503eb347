import { Late } from "../../base/index.ts";

/** What few cells have, and what few trainings do to weights and gradients. */
export const rareOps = new Late(() => import("./rare.ts"));
