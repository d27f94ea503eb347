/**
 * Takes out the rows that hold nothing but spaces and tabs, outside quotes: tables that people write by hand end with
 * them, and where more than one field is due they count as blank.
 *
 * @param bytes whole rows
 * @param firstRow the number of the first
 * @returns the other rows, and the numbers of those taken out
 */
export function withoutSpacedRows(
  bytes: Uint8Array,
  firstRow: number,
  delimiter: string,
): { bytes: Uint8Array; removed: number[] } {
  const kept = new Uint8Array(bytes.length);
  const removed: number[] = [];
  const tab = delimiter === "\t" ? 32 : 9;
  let [length, row, start] = [0, firstRow, 0];
  let [quoted, blank] = [false, true];
  for (let i = 0; i <= bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 34) quoted = !quoted;
    if (i < bytes.length && (quoted || (byte !== 10 && byte !== 13))) {
      if (byte !== 32 && byte !== tab) blank = false;
      continue;
    }
    const next = byte === 13 && bytes[i + 1] === 10 ? i + 2 : i + 1;
    const line = bytes.subarray(start, next);
    if (blank && i > start) {
      removed.push(row);
    } else {
      kept.set(line, length);
      length += line.length;
    }
    row++;
    i = next - 1;
    start = next;
    blank = true;
  }
  return { bytes: kept.subarray(0, length), removed };
}
