import { readFileLimited } from "../storage/node.ts";
import { type FittedModel, modelFromBytes } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";

/** Reads and checks a model file, and makes ready to run it. */
export async function openModel(path: string, warn: (text: string) => void): Promise<FittedModel> {
  startEngine();
  const fitted = await modelFromBytes(await readFileLimited(path), path);
  for (const warning of fitted.warnings ?? []) warn(warning);
  return fitted;
}
