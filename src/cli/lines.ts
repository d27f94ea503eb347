import { GruvyError } from "../base/index.ts";

/** A longer line is no row of anybody's data, and would pile up in memory. */
const LONGEST = 64 * 2 ** 20;

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

const FEED = 10;

/**
 * The lines of a stream of UTF-8, as many at a time as have come: whoever writes a line and waits for its answer gets
 * it. Empty lines are left out; line feeds with or without carriage return end lines.
 *
 * @throws {GruvyError} `data/encoding` for a line that is no UTF-8, `data/line-too-long`; the lines before it come first.
 */
export async function* lines(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest: Uint8Array[] = [];
  let waiting = 0;
  let number = 0;
  const found = (text: string): Line[] => {
    const some: Line[] = [];
    for (const one of text.split("\n")) {
      const line = (number === 0 ? one.replace(/^\ufeff/, "") : one).replace(/\r$/, "");
      number++;
      if (line.trim() !== "") some.push({ number, text: line });
    }
    return some;
  };
  /** Whole lines, the last line feed left out. */
  const read = function* (bytes: Uint8Array): Generator<Line[]> {
    try {
      const some = found(decoder.decode(bytes));
      if (some.length > 0) yield some;
      return;
    } catch {
      // One line at a time, up to the one that cannot be read.
    }
    for (let from = 0; from <= bytes.length; ) {
      const feed = bytes.indexOf(FEED, from);
      const to = feed < 0 ? bytes.length : feed;
      let text: string;
      try {
        text = decoder.decode(bytes.subarray(from, to));
      } catch {
        const what = `Line ${number + 1} of ${name} is not UTF-8`;
        throw new GruvyError("data/encoding", what, "Convert it, for instance with iconv.");
      }
      const some = found(text);
      if (some.length > 0) yield some;
      from = to + 1;
    }
  };
  for await (const bytes of source) {
    const end = bytes.lastIndexOf(FEED);
    if (end >= 0) {
      yield* read(joined([...rest, bytes.subarray(0, end)]));
      rest = [];
      waiting = 0;
    }
    rest.push(bytes.subarray(end + 1));
    waiting += bytes.length - end - 1;
    if (waiting > LONGEST) {
      throw new GruvyError(
        "data/line-too-long",
        `Line ${number + 1} of ${name} is longer than ${LONGEST} bytes`,
        "Put one object on each line.",
      );
    }
  }
  yield* read(joined(rest));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
