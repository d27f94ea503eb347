import { type Dataset, Tensor } from "../base/index.ts";
import { classes, type Places, type ReviewsOptions, readReviews } from "./imdb-source.ts";
import type { LabelledTexts } from "./loaded-data.ts";
import { padSequences, type Side } from "./pad-sequences.ts";
import { type WordIndex, wordIndex } from "./word-index.ts";

/** What `imdb` can be told. */
export interface ImdbOptions extends ReviewsOptions {
  /** Words from this index on are unknown; the `inputDim` of an embedding. Default 10,000. */
  readonly numWords?: number;
  /** The length of every row. Default 200. */
  readonly maxLength?: number;
  /** Where shorter reviews are padded. Default `"pre"`. */
  readonly padding?: Side;
  /** Which end of longer reviews is cut; `"pre"`, the default, keeps their last words. */
  readonly truncating?: Side;
}

/** What `imdb` gives. */
export interface ImdbData {
  /** x: word indices, int32 [rows, maxLength]; y: 0 negative, 1 positive, int32 [rows]. */
  readonly train: Dataset;
  readonly test: Dataset;
  readonly wordIndex: WordIndex;
  readonly source: string;
}

/**
 * The Large Movie Review Dataset (Maas et al. 2011): 25,000 reviews to train on and 25,000 to test on, half of each
 * positive, as word indices. As in Keras's `imdb.load_data`, 0 is padding, 1 the start of a review, 2 an unknown word,
 * and words follow by falling frequency in the training part, which alone is counted.
 *
 * The archive (80 MiB) is fetched on first use, once `say` has been told so, checked, and kept in the user's cache
 * folder (`XDG_CACHE_HOME` or `~/.cache`, on Windows `LOCALAPPDATA`); a download that was cut goes on where it
 * stopped. `path`, or a folder named by `GRUVY_DATA`, replaces it. Reviews come in a random order, always the same.
 *
 * @throws {GruvyError} `network/...` when it cannot be fetched, with what to do; `file/...`, `data/...` for what
 *   `path` holds; `usage/option`.
 * @example
 * ```ts no-run
 * const { train, test } = await imdb({ numWords: 10_000, maxLength: 200, padding: "post", say: console.error });
 * train.x.shape; // [25000, 200]
 * ```
 */
export async function imdb(options: ImdbOptions = {}): Promise<ImdbData> {
  return loadImdb(options);
}

/** What `imdb` does, from other places than the published ones. */
export async function loadImdb(options: ImdbOptions, places?: Places): Promise<ImdbData> {
  const { numWords = 10_000, maxLength = 200, padding, truncating } = options;
  // What is wrong with the options is said before anything is fetched.
  wordIndex([], { numWords });
  padSequences([], { maxLength, padding, truncating });
  const { train, test, source } = await readReviews(options, places);
  const words = wordIndex(train.texts, { numWords });
  const part = ({ texts, labels }: LabelledTexts): Dataset => ({
    x: padSequences(
      texts.map((text) => words.encode(text)),
      { maxLength, padding, truncating },
    ),
    y: new Tensor(
      [labels.length],
      Int32Array.from(labels, (label) => (label === classes[1] ? 1 : 0)),
    ),
  });
  return { train: part(train), test: part(test), wordIndex: words, source };
}
