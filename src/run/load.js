import { open } from "./model.js";
import { plain } from "./plain.js";
import { sequences } from "./sequences.js";
import { series } from "./series.js";
import { texts } from "./texts.js";

const codecs = new Map(Object.entries({ texts, sequences, series }));

/** A model with any preprocessing. */
export const load = (source) =>
  open(source, (preprocessing) => {
    const codec = preprocessing ? codecs.get(preprocessing.kind) : plain;
    if (codec) return codec(preprocessing);
    throw Error(`This loader knows no preprocessing "${preprocessing.kind}"`);
  });
