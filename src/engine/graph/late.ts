import { Late } from "../../base/index.ts";

/** What few cells have, and what few trainings do to weights and gradients. */
export const rareOps = new Late(() => import("./rare.ts"));

/** What several threads do to the only row of a batch. No training does. */
export const together = new Late(() => import("./ops/together.ts"));
