import type { Dataset } from "../base/index.ts";
import type { LabelledTexts } from "../data/index.ts";

/** More rows than this would make the model file large. */
const MOST = 500_000;
/** Base64 letters of one print: 48 bits. */
const LETTERS = 8;

/**
 * Short hashes of the rows a model was trained on, in no order of theirs: with them a model recognises a row it has
 * seen, but no row can be read from them. That one of 25,000 new rows is taken for one of 25,000 known ones has a chance
 * of two in a million. Undefined for more than 500,000 rows.
 */
export function rowPrints(part: LabelledTexts | Dataset, rows: ArrayLike<number>): string | undefined {
  if (rows.length > MOST) return undefined;
  return [...new Set(Array.from(rows, (row) => printOf(part, row)))].sort().join("");
}

/** Values on end that make one print of a series. */
const STRETCH = 16;

/** As `rowPrints`, of a series: of each sixteen values on end, flat ones left out. */
export function seriesPrints(values: Float64Array): string | undefined {
  if (values.length > MOST * STRETCH) return undefined;
  const prints = new Set<string>();
  for (let at = 0; at + STRETCH <= values.length; at += STRETCH) prints.add(stretchPrint(values, at));
  prints.delete("");
  return [...prints].sort().join("");
}

/**
 * How many values from `first` on stand in the series that was printed, in their order there. A stretch of less than 31
 * values may go unseen, and up to 15 at its ends. Undefined where the prints are none of ours.
 */
export function countSeriesPrinted(prints: unknown, values: Float64Array, first: number): number | undefined {
  const known = printSet(prints);
  if (known === undefined) return undefined;
  let [count, from] = [0, first];
  for (let at = 0; at + STRETCH <= values.length; at++) {
    if (at + STRETCH <= from || !known.has(stretchPrint(values, at))) continue;
    count += at + STRETCH - Math.max(from, at);
    from = at + STRETCH;
  }
  return count;
}

/** Empty for a stretch of fewer than three values, which may well come again. */
function stretchPrint(values: Float64Array, at: number): string {
  const stretch = values.slice(at, at + STRETCH);
  return new Set(stretch).size < 3 ? "" : hash(new Uint32Array(stretch.buffer));
}

/** How many of some rows are among those printed; undefined where the prints are none of ours. */
export function countPrinted(
  prints: unknown,
  part: LabelledTexts | Dataset,
  rows: ArrayLike<number>,
): number | undefined {
  const known = printSet(prints);
  return known && Array.from(rows).filter((row) => known.has(printOf(part, row))).length;
}

function printSet(prints: unknown): Set<string> | undefined {
  if (typeof prints !== "string" || prints.length % LETTERS !== 0 || !/^[\w+/]*$/.test(prints)) return undefined;
  const known = new Set<string>();
  for (let at = 0; at < prints.length; at += LETTERS) known.add(prints.slice(at, at + LETTERS));
  return known;
}

/** The print of a text, or of a row of numbers; padding in front of tokens, which depends on the other rows, is left out. */
function printOf(part: LabelledTexts | Dataset, row: number): string {
  if ("texts" in part) {
    const text = part.texts[row];
    return hash(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));
  }
  const { shape, data } = part.x;
  const size = data.length / shape[0];
  const numbers = data.subarray(row * size, (row + 1) * size);
  const from = shape.length === 2 ? numbers.findIndex((token) => token !== 0) : 0;
  return hash(new Uint32Array(Float32Array.from(numbers.subarray(Math.max(0, from))).buffer));
}

/** Two lanes of MurmurHash3 for 32-bit words (Appleby 2011, public domain) give the upper 32 and the lower 16 bits. */
function hash(words: ArrayLike<number>): string {
  const [high, low] = [murmur(words, 0), murmur(words, 0x9747b28c)];
  return btoa(
    String.fromCharCode(high >>> 24, (high >>> 16) & 255, (high >>> 8) & 255, high & 255, (low >>> 8) & 255, low & 255),
  );
}

function murmur(words: ArrayLike<number>, seed: number): number {
  let h = seed;
  for (let i = 0; i < words.length; i++) {
    let k = Math.imul(words[i], 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= 4 * words.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
