import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { GruvyError, permutation, random, shown, stream } from "../base/index.ts";
import { cacheFolder } from "./cache-folder.ts";
import { openClassFolder } from "./class-folder.ts";
import { decodeText } from "./decode.ts";
import { type DownloadOptions, download, type Remote } from "./download.ts";
import { gunzip } from "./gzip.ts";
import type { LabelledTexts } from "./loaded-data.ts";
import { openTable } from "./open-table.ts";
import { sourceName } from "./source-name.ts";
import { tarEntries } from "./tar.ts";

export interface ReviewsOptions extends DownloadOptions {
  /**
   * The archive, or a folder that holds it, the extracted `aclImdb` (or is it), or `imdb-train.csv.gz` and
   * `imdb-test.csv.gz`. Default: the folder in `GRUVY_DATA` if it holds one of them, else the archive is fetched.
   */
  readonly path?: string;
}

/** The reviews as texts, labelled "negative" or "positive", in an order that is always the same. */
export interface Reviews {
  readonly source: string;
  readonly train: LabelledTexts;
  readonly test: LabelledTexts;
}

/** Where reviews may be found; the tests have their own. */
export interface Places {
  readonly remote: Remote;
  readonly cache: string;
  /** The content of `GRUVY_DATA`. */
  readonly data?: string;
}

const ARCHIVE = "aclImdb_v1.tar.gz";
const TABLES = ["imdb-train.csv.gz", "imdb-test.csv.gz"] as const;
const CHOICES = `${ARCHIVE}, the folder aclImdb, or ${TABLES.join(" and ")}`;

/** The archive as its authors publish it (Maas et al. 2011). */
export const archive: Remote = {
  title: "Large Movie Review Dataset",
  address: `https://ai.stanford.edu/~amaas/data/sentiment/${ARCHIVE}`,
  bytes: 84_125_825,
  sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
  otherwise: "fetch the archive by other means and name its path, or the folder that holds it in GRUVY_DATA.",
};

export const classes = ["negative", "positive"] as const;
// As folders and tables write them.
const classOf = new Map<string, string>([
  ["neg", "negative"],
  ["0", "negative"],
  ["pos", "positive"],
  ["1", "positive"],
]);

/** Reads the reviews from where they are, fetching the archive when they are nowhere. */
export async function readReviews(
  options: ReviewsOptions = {},
  places: Places = { remote: archive, cache: cacheFolder(), data: process.env.GRUVY_DATA },
): Promise<Reviews> {
  const given = options.path ?? (places.data || undefined);
  if (given !== undefined) {
    const reviews = await readFrom(given);
    if (reviews !== undefined) return reviews;
    if (options.path !== undefined) {
      throw new GruvyError(
        "file/not-found",
        `Expected ${CHOICES} in ${sourceName(given)}, found none of them`,
        "Check the path.",
      );
    }
  }
  const path = join(places.cache, ARCHIVE);
  await download(places.remote, path, options);
  return readArchive(path, `${places.remote.title} (${places.remote.address})`);
}

async function readFrom(path: string): Promise<Reviews | undefined> {
  if (typeof path !== "string" || path === "") {
    throw new GruvyError("usage/option", `Expected path to be a path, found ${shown(path)}`);
  }
  const kind = await kindOf(path);
  if (kind === "file") return readArchive(path, path);
  if (kind === undefined) {
    throw new GruvyError(
      "file/not-found",
      `There is no file or folder ${sourceName(path)}`,
      "Check path, or GRUVY_DATA.",
    );
  }
  if ((await kindOf(join(path, ARCHIVE))) === "file") return readArchive(join(path, ARCHIVE), join(path, ARCHIVE));
  for (const folder of [path, join(path, "aclImdb")]) {
    if ((await kindOf(join(folder, "train", "pos"))) === "folder") return readFolder(folder);
  }
  const tables = TABLES.map((name) => join(path, name));
  if ((await kindOf(tables[0])) === "file" && (await kindOf(tables[1])) === "file") return readTables(tables);
  return undefined;
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? "file" : found?.isDirectory() ? "folder" : undefined;
}

interface Row {
  readonly split: string;
  readonly label: string;
  readonly name: string;
  readonly text: string;
}

async function readArchive(path: string, source: string): Promise<Reviews> {
  const rows: Row[] = [];
  const pattern = /^(?:\.\/)?(?:[^/]+\/)?(train|test)\/(neg|pos)\/([^/]+\.txt)$/;
  for await (const { name, bytes } of tarEntries(gunzip(fileBytes(path), path), {
    source: path,
    wanted: (name) => pattern.test(name),
  })) {
    const [, split, label, file] = pattern.exec(name)!;
    rows.push({ split, label, name: file, text: decodeText(bytes, `${path}: ${name}`) });
  }
  // As a folder is read, so that both give the same.
  rows.sort((a, b) => compare(a.label, b.label) || compare(a.name, b.name));
  return shuffled(rows, source);
}

async function readFolder(folder: string): Promise<Reviews> {
  const table = await openClassFolder(folder);
  const [texts, labels, splits] = ["text", "label", "split"].map((name) => table.column(name).values);
  return shuffled(
    texts.map((text, i) => ({ text, label: labels[i], split: splits[i], name: "" })),
    folder,
  );
}

async function readTables(paths: readonly string[]): Promise<Reviews> {
  const [train, test] = await Promise.all(
    paths.map(async (path) => {
      const table = await openTable(path);
      const labels = table.column("label").values.map((label, row) => {
        const name = classOf.get(label);
        if (name !== undefined) return name;
        throw new GruvyError("data/label", `${table.where(row)} has the label ${shown(label)}`, "Expected 0 or 1.");
      });
      return { texts: table.column("review").values, labels };
    }),
  );
  return { source: paths.join(" and "), train, test };
}

/** Rows sorted by class, in a random order that is always the same: a validation part is taken from their end. */
function shuffled(rows: readonly Row[], source: string): Reviews {
  const [train, test] = ["train", "test"].map((split, step) => {
    const part = rows.filter((row) => row.split === split);
    const order = Array.from(permutation(part.length, random(0, stream.shuffle, step)), (i) => part[i]);
    const labels = order.map(({ label }) => classOf.get(label) ?? label);
    const missing = classes.find((name) => !labels.includes(name));
    const foreign = labels.find((label) => !classes.some((name) => name === label));
    if (missing !== undefined || foreign !== undefined) {
      const what = missing
        ? `holds no ${missing} reviews to ${split}`
        : `holds the class ${shown(foreign)} in ${split}`;
      throw new GruvyError(
        "data/archive",
        `${sourceName(source)} ${what}`,
        "Expected train/neg, train/pos, test/neg and test/pos.",
      );
    }
    return { texts: order.map(({ text }) => text), labels };
  });
  return { source, train, test };
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 });
  } catch (cause) {
    const reason = (cause as { code?: string }).code ?? "unknown reason";
    throw new GruvyError(
      "file/unreadable",
      `${sourceName(path)} could not be read (${reason})`,
      "Check its permissions.",
      { cause },
    );
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
