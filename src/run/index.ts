// "gruvy/run": runs models that were exported as WebAssembly, and needs nothing else of Gruvy. The files beside are plain
// JavaScript, because they are also written beside exported models.

import { load as loadAny } from "./load.js";
import type { Model, Source } from "./types.ts";

export type { About, Answer, Label, Model, OneRow, Output, Row, Source, Step } from "./types.ts";

/**
 * The model in a `.wasm` file that `toWasm` or `gruvy export` wrote, ready to answer.
 *
 * Throws an Error where it cannot be fetched or is no such file. `predict` and `step` throw a RangeError for rows that
 * do not fit the model, with the number of the row, what was expected and what found.
 *
 * @example
 * const model = sequential([input({ shape: [null, 3] }), gru({ units: 8 }), dense({ units: 1 })]);
 * const small = await load(await model.toWasm());
 * small.predict([[[1, 2, 3], [4, 5, 6]]])[0].length; // 1
 */
export const load: (source: Source) => Promise<Model> = loadAny;
