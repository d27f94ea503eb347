import { type Dataset, GruvyError, permutation, random, stream, Tensor, wholeNumber } from "../base/index.ts";
import type { SequencesData } from "./loaded-data.ts";
import { padSequences } from "./pad-sequences.ts";

export interface ReberOptions {
  /** How many strings; a fifth of them, rounded down, is the test part. Default 2,000. */
  readonly rows?: number;
  /** The least inner length, across which the second symbol must be remembered. Default 10. */
  readonly length?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface ReberData extends SequencesData {
  readonly test: Dataset;
  readonly classes: readonly string[];
  /** The symbols; token t stands for `alphabet[t - 1]`, and 0 is padding. */
  readonly alphabet: readonly string[];
}

const alphabet = ["B", "T", "P", "S", "X", "V", "E"] as const;
type Letter = (typeof alphabet)[number];
const token = new Map<Letter, number>(alphabet.map((letter, i) => [letter, i + 1]));
const classes: readonly Letter[] = ["T", "P"];

// The states of Reber's grammar: the one or two ways on, each a symbol and the next state.
const grammar: readonly (readonly (readonly [Letter, number])[])[] = [
  [["B", 1]],
  [
    ["T", 2],
    ["P", 3],
  ],
  [
    ["S", 2],
    ["X", 4],
  ],
  [
    ["T", 3],
    ["V", 5],
  ],
  [
    ["X", 3],
    ["S", 6],
  ],
  [
    ["P", 4],
    ["V", 6],
  ],
  [["E", 7]],
];
const END = grammar.length;

/**
 * Strings of the embedded Reber grammar (Hochreiter and Schmidhuber 1997), which show what gates are for: a string is
 * B, then T or P, then strings of the inner grammar, then the same T or P again, and E. Given everything before the
 * last but one symbol, is that symbol T or P? Only the second symbol tells. Inner strings follow one another until
 * they are `length` long together, so that none is ever rejected for its length.
 *
 * x: tokens 1 to 7, padded in front with 0, int32 [rows, steps]; y: 0 for T, 1 for P, int32 [rows]. No string is there
 * twice, in neither part: what is drawn a second time is left out.
 *
 * @throws {GruvyError} `usage/option` for options that make no sense, or more rows than there are strings to be found.
 * @example
 * const { train, alphabet } = reber({ rows: 100, length: 10, seed: 1 });
 * train.x.shape[0];  // 80
 * train.y?.shape;    // [80]
 * alphabet.join(""); // "BTPSXVE"
 */
export function reber({ rows = 2000, length = 10, seed = 0 }: ReberOptions = {}): ReberData {
  wholeNumber(rows, "rows", { min: 5, max: 10 ** 7 });
  wholeNumber(length, "length", { max: 10 ** 5 });
  wholeNumber(seed, "seed", { min: 0 });
  const drawn: number[][] = [];
  const seen = new Set<string>();
  for (let draw = 0; drawn.length < rows; draw++) {
    if (draw === 2 * rows + 500_000) {
      throw new GruvyError(
        "usage/option",
        `Found only ${drawn.length} different strings of inner length ${length}, where ${rows} were asked for`,
        "Ask for fewer rows or a greater length.",
      );
    }
    const tokens = embedded(length, seed, draw);
    const spelled = String.fromCharCode(...tokens);
    if (!seen.has(spelled)) drawn.push(tokens);
    seen.add(spelled);
  }
  // What is found late is rare: without this the test part would hold other strings than the training part.
  const strings = Array.from(permutation(rows, random(seed, stream.split)), (i) => drawn[i]);
  const steps = strings.reduce((most, tokens) => Math.max(most, tokens.length), 0);
  const part = (from: number, to: number): Dataset => ({
    x: padSequences(strings.slice(from, to), { maxLength: steps }),
    y: new Tensor(
      [to - from],
      Int32Array.from(strings.slice(from, to), (tokens) => classes.indexOf(alphabet[tokens[1] - 1])),
    ),
  });
  const trained = rows - Math.floor(rows / 5);
  return {
    kind: "sequences",
    name: "reber",
    source: `embedded Reber grammar, inner length at least ${length}, seed ${seed}; no string twice`,
    train: part(0, trained),
    test: part(trained, rows),
    task: "classification",
    classes,
    alphabet,
  };
}

/** The tokens of one string but its last two, which are the answer and E. */
function embedded(length: number, seed: number, draw: number): number[] {
  const source = random(seed, stream.data, draw);
  let choice = 0;
  const coin = () => source.bits(choice++) >>> 31;
  const letters: Letter[] = ["B", classes[coin()]];
  while (letters.length < length + 2) {
    for (let state = 0; state !== END; ) {
      const ways = grammar[state];
      const [letter, next] = ways[ways.length === 1 ? 0 : coin()];
      letters.push(letter);
      state = next;
    }
  }
  return letters.map((letter) => token.get(letter)!);
}
