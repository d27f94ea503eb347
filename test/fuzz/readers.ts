// Every reader of files, with good files to start from, and what becomes of what it read.

import { keras, kerasOld, kerasWeights, numpy, torch } from "./foreign-readers.ts";
import { checkpoints, models, plainModels } from "./model-readers.ts";
import type { Reader } from "./reader.ts";
import { ledgers } from "./study-reader.ts";
import { csv, csvGz, jsonLines, tar } from "./table-readers.ts";

export async function allReaders(): Promise<Reader[]> {
  return [
    await models(),
    await plainModels(),
    await checkpoints(),
    keras(),
    kerasOld(),
    kerasWeights(),
    await torch(),
    numpy(),
    csv(),
    csvGz(),
    jsonLines(),
    tar(),
    ledgers(),
  ];
}
