/** What may stand between the fields of a row. */
export type Delimiter = "," | ";" | "\t";

const CANDIDATES: readonly Delimiter[] = [",", ";", "\t"];
const ROWS = 20;

/**
 * The delimiter that gives the first rows of a CSV the same number of fields, more than one; among several the one
 * that gives most. When none does, the one that splits the header most, if any other row holds it: a lone column may
 * be called "length; m". A comma when there is nothing to split.
 *
 * @param sample the first bytes of the file
 * @param whole whether they are all of it, so that the last row is complete
 */
export function findDelimiter(sample: Uint8Array, whole: boolean): Delimiter {
  const counts = countDelimiters(sample, whole);
  if (counts.length === 0) return ",";
  let best: Delimiter = ",";
  let bestScore = 0;
  CANDIDATES.forEach((delimiter, index) => {
    const inHeader = counts[0][index];
    if (counts.length > 1 && !counts.some((row, i) => i > 0 && row[index] > 0)) return;
    const agree = counts.every((row) => row[index] === inHeader);
    // A delimiter that agrees beats any that does not.
    const score = inHeader * (agree ? 1e9 : 1);
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  });
  return best;
}

function countDelimiters(sample: Uint8Array, whole: boolean): number[][] {
  const codes = CANDIDATES.map((delimiter) => delimiter.charCodeAt(0));
  const rows: number[][] = [];
  let row = codes.map(() => 0);
  let quoted = false;
  let length = 0;
  for (const byte of sample) {
    if (byte === 34) quoted = !quoted;
    if (!quoted && (byte === 10 || byte === 13)) {
      if (length > 0) rows.push(row);
      if (rows.length === ROWS) return rows;
      row = codes.map(() => 0);
      length = 0;
      continue;
    }
    length++;
    const index = quoted ? -1 : codes.indexOf(byte);
    if (index >= 0) row[index]++;
  }
  if (length > 0 && (whole || rows.length === 0)) rows.push(row);
  return rows;
}
