import { Late } from "../base/index.ts";

/** What few trainings and few models ask for. */
export const rare = new Late(() => import("./rare.ts"));
