// What a search of the library rests on beside its space: a study goes on only with the same data and the same training.

import { isBatchStream, isDataset, Tensor } from "../base/index.ts";
import { crc32 } from "../storage/index.ts";
import type { StudyHead } from "./study/index.ts";
import type { TrialFitOptions } from "./train-trial.ts";

/** Neither a signal nor what is printed changes a trial; of functions nothing can be told. */
const silent = ["epochs", "callbacks", "signal", "verbose", "validationBatchSize"];

/** The data, and the options of `fit` that were given, in a few words each. */
export function aboutSearch(data: unknown, fit: TrialFitOptions): StudyHead["about"] {
  const given = Object.entries(fit).filter(([name, value]) => value !== undefined && !silent.includes(name));
  return Object.fromEntries([["data", inWords(data)], ...given.map(([name, value]) => [name, inWords(value)])]);
}

function inWords(value: unknown): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (isBatchStream(value) && !isDataset(value)) return "a stream";
  const sum = fold(value, 0).toString(16).padStart(8, "0");
  const x = isDataset(value) ? value.x : value;
  return x instanceof Tensor ? `${x.shape.join(" x ")}, ${sum}` : sum;
}

/** The sum of all numbers and names, in their order. */
function fold(value: unknown, sum: number): number {
  if (value instanceof Tensor) return fold(value.data, crc32(text(value.shape.join()), sum));
  if (ArrayBuffer.isView(value)) return crc32(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), sum);
  if (typeof value !== "object" || value === null) return crc32(text(`${value},`), sum);
  return Object.entries(value).reduce((all, [name, part]) => fold(part, crc32(text(name), all)), sum);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
