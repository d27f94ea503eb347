import { GruvyError, shown } from "../base/index.ts";
import { adding } from "./adding.ts";
import { airlinePassengers } from "./airline.ts";
import { archive, type ReviewsOptions, readReviews } from "./imdb-source.ts";
import type { LoadedData } from "./loaded-data.ts";
import { reber } from "./reber.ts";
import { sine } from "./sine.ts";

/** A data set that has a name instead of a path. */
export interface BuiltIn {
  readonly name: string;
  readonly what: string;
  readonly kind: LoadedData["kind"];
  /** Rows by default, train and test together. */
  readonly rows: number;
  readonly source: string;
  /** Bytes fetched on first use; 0 for what is contained or generated. */
  readonly size: number;
}

export interface BuiltInOptions extends ReviewsOptions {
  /** Of `reber`: the least inner length; of `adding`: the steps. Others have none. */
  readonly length?: number;
  /** How many rows `reber` and `adding` have. Others have what they have. */
  readonly rows?: number;
  /** For `reber` and `adding`. Default 0; what is not generated is the same for all seeds. */
  readonly seed?: number;
}

/**
 * The data sets that have a name.
 *
 * @example
 * builtIns.map(({ name }) => name); // ["airline-passengers", "sine", "reber", "adding", "imdb"]
 */
export const builtIns: readonly BuiltIn[] = [
  {
    name: "airline-passengers",
    what: "monthly airline passengers, 1949 to 1960: trend and season",
    kind: "series",
    rows: 144,
    source: "Box and Jenkins 1976, series G",
    size: 0,
  },
  { name: "sine", what: "the sine on [0, 100]", kind: "series", rows: 1000, source: "computed", size: 0 },
  {
    name: "reber",
    what: "embedded Reber grammar: remember a symbol over many steps",
    kind: "sequences",
    rows: 2000,
    source: "generated; Hochreiter and Schmidhuber 1997",
    size: 0,
  },
  {
    name: "adding",
    what: "adding problem: find two marked numbers and add them",
    kind: "sequences",
    rows: 2000,
    source: "generated; Hochreiter and Schmidhuber 1997",
    size: 0,
  },
  {
    name: "imdb",
    what: "Large Movie Review Dataset: is a review positive?",
    kind: "texts",
    rows: 50_000,
    source: `Maas et al. 2011, ${archive.address}`,
    size: archive.bytes,
  },
];

/** Whether a name is that of a built-in data set. */
export function isBuiltIn(name: string): boolean {
  return builtIns.some((builtIn) => builtIn.name === name);
}

/**
 * Opens a built-in data set by its name.
 *
 * @throws {GruvyError} `usage/unknown-data` for a name there is not; `usage/data-option` for an option the data set
 *   has no use for; what `imdb` throws.
 * @example
 * const data = await openBuiltIn("reber", { length: 10 });
 * data.kind; // "sequences"
 */
export async function openBuiltIn(name: string, options: BuiltInOptions = {}): Promise<LoadedData> {
  const { length, rows, seed } = options;
  const isGenerated = name === "reber" || name === "adding";
  const useless = [!isGenerated && "length", !isGenerated && "rows", name !== "imdb" && "path"] as const;
  for (const option of useless) {
    if (!isBuiltIn(name) || !option || options[option] === undefined) continue;
    const users = option === "path" ? "imdb" : "reber and adding";
    throw new GruvyError(
      "usage/data-option",
      `The option ${option} (--${option}) does not go with ${name}`,
      `It is for ${users}.`,
    );
  }
  switch (name) {
    case "airline-passengers":
      return airlinePassengers();
    case "sine":
      return sine();
    case "reber":
      return reber({ length, rows, seed });
    case "adding":
      return adding({ length, rows, seed });
    case "imdb":
      return { kind: "texts", name, ...(await readReviews(options)) };
    default:
      throw new GruvyError(
        "usage/unknown-data",
        `There is no built-in data set ${shown(name)}`,
        `There are ${builtIns.map((builtIn) => builtIn.name).join(", ")}.`,
      );
  }
}
