import { GruvyError, shown } from "../base/index.ts";

/** Fields of some rows in one string, row by row: a string for each field would take ten times the memory of the file. */
export interface Block {
  /** The index of its first row in the table. */
  readonly start: number;
  readonly rows: number;
  readonly text: string;
  /** Where each field ends in `text`; [rows * columns]. */
  readonly ends: Uint32Array;
  /** The numbers of its rows in the file, where they do not simply follow each other from `firstRow`. */
  readonly firstRow: number;
  readonly rowNumbers?: Uint32Array;
}

/** The block that holds a row of the table. */
export function blockOf(blocks: readonly Block[], row: number): Block {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (blocks[middle].start <= row) low = middle;
    else high = middle - 1;
  }
  const block = blocks[low];
  if (!(block && Number.isInteger(row) && row >= block.start && row < block.start + block.rows)) {
    const last = blocks[blocks.length - 1];
    const rows = last ? last.start + last.rows : 0;
    const expected = rows > 0 ? `a row index from 0 to ${rows - 1}` : "a table with rows";
    throw new GruvyError(
      "data/row",
      `Expected ${expected}, found ${shown(row)}`,
      "Indices count from 0, without the names of the columns.",
    );
  }
  return block;
}

/** The field at a place of a block: row * columns + column. */
export function field(block: Block, at: number): string {
  return block.text.slice(at === 0 ? 0 : block.ends[at - 1], block.ends[at]);
}
