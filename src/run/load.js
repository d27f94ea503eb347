import { open } from "./model.js";
import { plain } from "./plain.js";
import { sequences } from "./sequences.js";
import { series } from "./series.js";
import { texts } from "./texts.js";
import { checked } from "./words.js";

// A loader that is written beside a model trusts the file that it was written with; this one opens any.
const codecs = { plain, texts: (about, program) => texts(checked(about), program), sequences, series };

/** A model with any preprocessing. */
export const load = (source) => open(source, codecs);
