import { GruvyError } from "../base/index.ts";

/** A longer line is no row of anybody's data, and would pile up in memory. */
const LONGEST = 64 * 2 ** 20;

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a stream of UTF-8, as many at a time as have come: whoever writes a line and waits for its answer gets
 * it. Empty lines are left out; line feeds with or without carriage return end lines.
 *
 * @throws {GruvyError} `data/encoding` for bytes that are no UTF-8, `data/line-too-long`.
 */
export async function* lines(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let number = 0;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw new GruvyError(
        "data/encoding",
        `${name} is not UTF-8 near line ${number + 1}`,
        "Convert it, for instance with iconv.",
      );
    }
  };
  const take = (texts: readonly string[]): Line[] => {
    const found: Line[] = [];
    for (const text of texts) {
      number++;
      if (text.trim() !== "") found.push({ number, text });
    }
    return found;
  };
  for await (const bytes of source) {
    const parts = (rest + decode(bytes)).split(/\r?\n/);
    rest = parts.pop() ?? "";
    if (rest.length > LONGEST) {
      throw new GruvyError(
        "data/line-too-long",
        `Line ${number + 1} of ${name} is longer than ${LONGEST} characters`,
        "Put one object on each line.",
      );
    }
    const found = take(parts);
    if (found.length > 0) yield found;
  }
  const last = take((rest + decode()).split(/\r?\n/));
  if (last.length > 0) yield last;
}
