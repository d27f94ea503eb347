import { GruvyError, shown } from "../base/index.ts";
import { readFileLimited } from "../storage/node.ts";
import { type FittedModel, modelFromBytes } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";

/** What the files of Keras begin with. */
const foreign = [
  { begins: [0x50, 0x4b, 3, 4], what: "a zip file, as .keras files of Keras are" },
  { begins: [0x89, 0x48, 0x44, 0x46], what: "an HDF5 file, as .h5 files of Keras are" },
] as const;

/** The bytes of a model file; one of Keras is told as such. */
export async function readModel(path: string): Promise<Uint8Array> {
  const bytes = await readFileLimited(path);
  const found = foreign.find(({ begins }) => begins.every((byte, i) => bytes[i] === byte));
  if (found === undefined) return bytes;
  throw new GruvyError(
    "file/header",
    `Expected a model of Gruvy in ${shown(path)}, found ${found.what}`,
    "gruvy import makes a model of Gruvy of one of Keras: import it first, with --out model.gruvy, and name that file.",
  );
}

/** Reads and checks a model file, and makes ready to run it. */
export async function openModel(path: string, warn: (text: string) => void): Promise<FittedModel> {
  startEngine();
  const fitted = await modelFromBytes(await readModel(path), path);
  for (const warning of fitted.warnings ?? []) warn(warning);
  return fitted;
}
