import { GruvyError } from "../../base/index.ts";
import type { Size } from "./op.ts";

/** A buffer of a slice, with the stretch of the program during which it is in use. */
export interface Buffer {
  readonly slot: number;
  size: Size;
  first: number;
  last: number;
}

const LINE = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

export function bufferBytes(size: Size, rows: number, steps: readonly number[]): number {
  const { fixed = 0, row = 0, rowStep = 0, axis, across } = size;
  return aligned(fixed + rows * (row + rowStep * (axis?.steps(steps) ?? 1) * (across?.steps(steps) ?? 1)));
}

/**
 * Gives every buffer an offset such that buffers in use at the same time do not overlap: the largest first, each at
 * the lowest place that is free for its whole stretch.
 */
export function arrange(
  buffers: readonly Buffer[],
  rows: number,
  steps: readonly number[],
): { offsets: readonly number[]; bytes: number } {
  const sized = buffers
    .map((buffer) => ({ buffer, bytes: bufferBytes(buffer.size, rows, steps) }))
    .sort((a, b) => b.bytes - a.bytes || a.buffer.slot - b.buffer.slot);
  const placed: { from: number; to: number; buffer: Buffer }[] = [];
  const offsets: number[] = [];
  let total = 0;
  for (const { buffer, bytes } of sized) {
    const busy = placed
      .filter((other) => other.buffer.first <= buffer.last && buffer.first <= other.buffer.last)
      .sort((a, b) => a.from - b.from);
    let at = 0;
    for (const { from, to } of busy) {
      if (at + bytes <= from) break;
      at = Math.max(at, to);
    }
    placed.push({ from: at, to: at + bytes, buffer });
    offsets[buffer.slot] = at;
    total = Math.max(total, at + bytes);
  }
  if (!Number.isSafeInteger(total))
    throw new GruvyError("engine/memory", "The sizes of the model's buffers cannot be counted");
  return { offsets, bytes: total };
}
