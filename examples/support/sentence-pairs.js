// Sentences and their translations, a pair a line with a tab between, made ready for a network. So that no sentence of
// the test is known, pairs are kept together whose first sentences differ in nothing but marks and capitals.

// Numbers of what is no word; 0 is what short sentences are filled up with.
const unknown = 1;
export const begin = 2;
export const end = 3;

/** In lower case; marks count as words, and an apostrophe belongs to what is before it: "c'est ça !" has four. */
function wordsOf(text) {
  const plain = text.normalize("NFC").toLowerCase().replaceAll(/[’‘]/g, "'");
  return plain.match(/[\p{L}\p{N}]+'?|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** Words as one reads them. */
export const sentenceOf = (words) => words.join(" ").replaceAll("' ", "'").replaceAll(" - ", "-");

/** Pairs `[words, words]` of three parts; of twenty sentences two are for the test, and one is for validation. */
function splitPairs(text) {
  const groups = new Map();
  for (const line of text.split("\n")) {
    const pair = line.split("\t").slice(0, 2).map(wordsOf);
    if (pair.length < 2 || pair.some((words) => words.length === 0)) continue;
    const key = pair[0].filter((word) => /[\p{L}\p{N}]/u.test(word)).join(" ");
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  const parts = { train: [], validation: [], test: [] };
  [...groups.values()].forEach((pairs, place) => {
    const part = place % 10 === 9 ? "test" : place % 20 === 4 ? "validation" : "train";
    parts[part].push(...pairs);
  });
  return parts;
}

/** The words that come at least twice, the most frequent first, behind the four that stand for something else. */
function vocabulary(sentences) {
  const counts = new Map();
  for (const word of sentences.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const kept = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  const words = ["", "?unknown", "?begin", "?end", ...kept.map(([word]) => word)];
  const numbers = new Map(words.map((word, number) => [word, number]));
  return { words, number: (word) => numbers.get(word) ?? unknown };
}

/** Each sentence once, as words, and all its translations as texts. */
function references(pairs) {
  const found = new Map();
  for (const [source, target] of pairs) {
    const text = sentenceOf(source);
    if (!found.has(text)) found.set(text, { source, translations: new Set() });
    found.get(text).translations.add(sentenceOf(target));
  }
  const all = [...found.values()];
  return {
    sources: all.map(({ source }) => source),
    references: all.map(({ translations }) => [...translations]),
  };
}

/** So many of the pairs, from all of the file, as its sentences grow longer. */
const someOf = (pairs, count) =>
  pairs.filter((_, i) => Math.floor(((i + 1) * count) / pairs.length) > Math.floor((i * count) / pairs.length));

/** The most words of a translation that is learned from: few have more, and shorter ones are filled up to it. */
export const longest = 8;

/**
 * What a network and its test need of a file: pairs to train on and to validate on, `asked` in the test, both vocabularies,
 * and how many words the longest English sentence has.
 */
export function prepared(text, rows = Number.POSITIVE_INFINITY) {
  const { test, ...parts } = splitPairs(text);
  const [all, validation] = [parts.train, parts.validation].map((pairs) =>
    pairs.filter(([, words]) => words.length <= longest),
  );
  const train = rows < all.length ? someOf(all, rows) : all;
  const [english, french] = [0, 1].map((side) => vocabulary(train.map((pair) => pair[side])));
  const longestEnglish = Math.max(...[train, validation, test].flat().map(([words]) => words.length));
  return { train, validation, asked: references(test), english, french, longestEnglish };
}
