import { type ErrorCode, GruvyError, shown } from "../base/index.ts";

/**
 * Refuses to write a model of Gruvy under a name that says it is one of Keras.
 *
 * @throws {GruvyError} `code`
 */
export function refuseKerasName(name: string, what: string, code: ErrorCode = "usage/option"): void {
  if (!/\.(keras|h5|hdf5)$/i.test(name)) return;
  throw new GruvyError(
    code,
    `Expected ${what} to name a file of Gruvy, found ${shown(name)}, the name of one of Keras`,
    "End it in .gruvy, say; saveKeras of gruvy/node writes .keras files.",
  );
}
