import { GruvyError, shown } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): boolean => typeof value === "string";
const isList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isTensor = (value: unknown): boolean =>
  Array.isArray((value as Fields)?.shape) && ArrayBuffer.isView((value as Fields).data);

/**
 * Refuses data made in code that lack what a task takes for granted.
 *
 * @throws {GruvyError} `data/type`, naming the part at fault.
 */
export function checkGiven(given: LoadedData): void {
  const data = (typeof given === "object" && given !== null ? given : {}) as unknown as Fields;
  const { kind } = data;
  const refuse = (part: string, expected: string, found: unknown): never => {
    const next =
      "Data made in code are described in docs/tasks.md; seriesFromTable and textsFromTable make them of tables.";
    throw new GruvyError("data/type", `Expected ${part} to be ${expected}, found ${shown(found)}`, next);
  };
  const check = (name: string, expected: string, is: (value: unknown) => boolean, of: Fields = data, where = "") => {
    if (!is(of[name])) refuse(`${where}${name} of the ${kind}`, expected, of[name]);
  };
  if (data !== (given as unknown)) refuse("data", "an object with a kind", given);
  if (!["series", "texts", "sequences"].includes(kind as string)) {
    refuse("the kind of data", '"series", "texts" or "sequences"', kind);
  }
  for (const name of ["name", "source"]) check(name, "a text", isText);
  if (kind === "series") {
    check("target", "a text", isText);
    check("names", "a list of texts", isList);
    const { dates, values } = data;
    check("values", "a Float64Array", (value) => value instanceof Float64Array);
    if (dates !== undefined) {
      const { length } = values as Float64Array;
      check(
        "dates",
        `${length} texts, one for each value`,
        (value) => isList(value) && (value as []).length === length,
      );
    }
    return;
  }
  if (kind === "sequences") {
    check("task", '"classification" or "regression"', (value) => value === "classification" || value === "regression");
  }
  for (const part of ["train", "test"]) {
    const own = data[part] as Fields;
    if (part === "test" && own === undefined) continue;
    if (typeof own !== "object" || own === null) refuse(`${part} of the ${kind}`, "an object", own);
    if (kind === "texts") {
      for (const name of ["texts", "labels"]) check(name, "a list of texts", isList, own, `${part}.`);
      const { length } = own.texts as [];
      check("labels", `${length}, one for each text`, (value) => (value as []).length === length, own, `${part}.`);
    } else for (const name of ["x", "y"]) check(name, "a tensor", isTensor, own, `${part}.`);
  }
}
