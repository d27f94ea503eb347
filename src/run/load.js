import { open } from "./model.js";
import { plain } from "./plain.js";
import { sequences } from "./sequences.js";
import { series } from "./series.js";
import { texts } from "./texts.js";

/** A model with any preprocessing. */
export const load = (source) => open(source, { plain, texts, sequences, series });
