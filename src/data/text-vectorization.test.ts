import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TextVectorizationOptions, textVectorization, textVectorizationFromConfig } from "./text-vectorization.ts";

const train = [
  "The cat sat on the Mat.",
  "the DOG's mat; the über-cat!",
  "Über  alles\u00a0x\tÉ [UNK]",
  "\u{1f600} \uffee \uffee \u{1f600}",
];
const test = ["THE cat's mat", "", "unknown [UNK] dog's É \u{1f600} the the"];
const zeros = (n: number) => new Array(n).fill(0);

// Vocabularies and outputs of keras.layers.TextVectorization 3.15.1 on TensorFlow, for the texts above.
const keras: [TextVectorizationOptions, string[], number[][]][] = [
  [
    {},
    [
      "",
      "[UNK]",
      "the",
      "😀",
      "\uffee",
      "mat",
      "übercat",
      "Über",
      "É",
      "unk",
      "sat",
      "on",
      "dogs",
      "cat",
      "alles\u00a0x",
    ],
    [[2, 1, 5, 0, 0, 0, 0], zeros(7), [1, 9, 12, 8, 3, 2, 2]],
  ],
  [
    { maxTokens: 6, outputSequenceLength: 4 },
    ["", "[UNK]", "the", "😀", "\uffee", "mat"],
    [[2, 1, 5, 0], zeros(4), [1, 1, 1, 1]],
  ],
  [
    { standardize: "lower", ngrams: 2, maxTokens: 9 },
    ["", "[UNK]", "the", "😀", "\uffee", "😀 \uffee", "\uffee 😀", "\uffee \uffee", "über-cat!"],
    [[2, 1, 1, 1, 1, ...zeros(8)], zeros(13), [1, 1, 1, 1, 3, 2, 2, 1, 1, 1, 1, 1, 1]],
  ],
  [
    { standardize: null, split: "character", maxTokens: 8, outputSequenceLength: 5 },
    ["", "[UNK]", " ", "t", "e", "a", "h", "s"],
    [[1, 1, 1, 2, 1], zeros(5), [1, 1, 1, 1, 1]],
  ],
  [
    { outputMode: "multiHot", maxTokens: 5 },
    ["[UNK]", "the", "😀", "\uffee", "mat"],
    [[1, 1, 0, 0, 1], zeros(5), [1, 1, 1, 0, 0]],
  ],
  [
    { outputMode: "count", maxTokens: 20, padToMaxTokens: true, standardize: "stripPunctuation" },
    "[UNK] the 😀 \uffee übercat Über É sat on mat cat alles\u00a0x UNK The Mat DOGs".split(" "),
    [[2, ...zeros(8), 1, ...zeros(10)], zeros(20), [2, 2, 1, 0, 0, 0, 1, ...zeros(5), 1, ...zeros(7)]],
  ],
  [
    { outputMode: "tfIdf", maxTokens: 6, ngrams: [2, 1] },
    ["[UNK]", "the", "😀", "\uffee", "mat", "😀 \uffee"],
    [[2.9942598, 0.8472978, 0, 0, 0.8472978, 0], zeros(6), [9.9808655, 1.6945957, 1.0986123, 0, 0, 0]],
  ],
];

describe("textVectorization", () => {
  it.each(keras)("with %j equals Keras", (options, vocabulary, expected) => {
    const words = textVectorization(options);
    words.adapt(train);
    expect(words.vocabulary).toEqual(vocabulary);
    const output = words.call(test);
    expect(output.data).toBeInstanceOf((options.outputMode ?? "int") === "int" ? Int32Array : Float32Array);
    (output.toArray() as number[][]).forEach((row, i) => {
      expect(row).toHaveLength(expected[i].length);
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i][j], 5);
      });
    });
  });

  it("comes back from its config with the same output, whatever the options", () => {
    const word = fc.constantFrom("a", "b", "B.", "c!", "__proto__", "constructor", "", "é", "[UNK]");
    const texts = fc.array(
      fc.array(word, { maxLength: 6 }).map((words) => words.join(" ")),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        texts,
        texts,
        fc.record<TextVectorizationOptions>({
          outputMode: fc.constantFrom("int", "multiHot", "count", "tfIdf"),
          maxTokens: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined }),
          ngrams: fc.constantFrom(undefined, 1, 2, [2]),
          standardize: fc.constantFrom("lower", null, undefined),
        }),
        (learned, seen, options) => {
          const words = textVectorization(options);
          words.adapt(learned);
          const again = textVectorizationFromConfig(JSON.parse(JSON.stringify(words.toConfig())));
          expect(again.vocabulary).toEqual(words.vocabulary);
          expect(again.call(seen)).toEqual(words.call(seen));
        },
      ),
    );
  });

  it("counts every token once, in a column of the vocabulary", () => {
    const words = textVectorization({ outputMode: "count", maxTokens: 3 });
    words.adapt(["a a b", "b c"]);
    const rows = words.call(["a b c d a", ""]).toArray() as number[][];
    expect(rows.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual([5, 0]);
  });

  it("takes a vocabulary with and without its special entries", () => {
    const words = textVectorization();
    words.setVocabulary(["", "[UNK]", "x", "y"]);
    expect(words.call(["y z x"]).toArray()).toEqual([[3, 1, 2]]);
    words.setVocabulary(["y", "x"]);
    expect(words.call(["y z x"]).toArray()).toEqual([[2, 1, 3]]);
    expect(words.getVocabulary({ includeSpecialTokens: false })).toEqual(["y", "x"]);
  });

  it("uses functions to standardize and split, which no config can hold", () => {
    const words = textVectorization({ standardize: (text) => text.slice(1), split: (text) => text.split(",") });
    words.adapt(["-a,b", "-a"]);
    expect(words.vocabulary).toEqual(["", "[UNK]", "a", "b"]);
    expect(() => words.toConfig()).toThrow(/function cannot be saved/);
    const broken = textVectorization({ split: () => [1] as unknown as string[] });
    expect(() => broken.adapt(["a"])).toThrow(/split to return an array of strings/);
  });

  it("says what is wrong", () => {
    expect(() => textVectorization().call(["a"])).toThrow(expect.objectContaining({ code: "usage/not-adapted" }));
    expect(() => textVectorization({ maxTokens: 1 })).toThrow(/maxTokens/);
    expect(() => textVectorization({ ngrams: 0 })).toThrow(/ngrams/);
    expect(() => textVectorization({ outputMode: "tf_idf" as "int" })).toThrow(/outputMode.*"tf_idf"/);
    expect(() => textVectorization({ split: "words" as "character" })).toThrow(/split.*"words"/);
    expect(() => textVectorization({ standardize: "upper" as "lower" })).toThrow(/standardize.*"upper"/);
    expect(() => textVectorization({ outputMode: "count", outputSequenceLength: 3 })).toThrow(/outputSequenceLength/);
    expect(() => textVectorization({ padToMaxTokens: true })).toThrow(/padToMaxTokens/);
    expect(() => textVectorization().adapt("abc")).toThrow(/Expected texts/);
    expect(() => textVectorization().adapt(["a", null as unknown as string])).toThrow(/text 1.*null/);
    expect(() => textVectorization().setVocabulary(["a", "b", "a"])).toThrow(/place 2 .*"a"/);
    expect(() => textVectorization({ maxTokens: 3 }).setVocabulary(["a", "b"])).toThrow(/at most maxTokens = 3/);
    expect(() => textVectorization({ outputMode: "tfIdf" }).setVocabulary(["a"])).toThrow(/idfWeights/);
    expect(() => textVectorization({ outputMode: "tfIdf" }).setVocabulary(["a"], [1, 2])).toThrow(/1 finite/);
    expect(() => textVectorizationFromConfig({} as { vocabulary: string[] })).toThrow(/list of tokens/);
  });
});
