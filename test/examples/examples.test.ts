// The examples as a newcomer starts them, shortened: the same code, fewer epochs.

import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Ended, workplace } from "../cli/gruvy.ts";

const place = workplace();
const program = fileURLToPath(new URL("../../examples/run.js", import.meta.url));

function example(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: place.folder, env: { ...process.env, ...env } });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** The object a run printed; nothing else may stand on standard output. */
async function json(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const { code, out, err } = await example([...args, "--json"], env);
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out.indexOf("\n")).toBe(out.length - 1);
  return JSON.parse(out) as Result;
}

type Scores = Readonly<Record<string, number>>;
type Result = Scores & {
  readonly models: Readonly<Record<string, Scores>>;
  readonly harder: Scores;
  readonly baselines: Readonly<Record<string, Scores>>;
};

describe("the sine", () => {
  test("is learned in a tenth of the time to a hundredth of the last value's error", async () => {
    const { testLoss, baselines, seconds } = await json(["sine-gru", "--epochs", "5"]);
    expect(testLoss).toBeLessThan(baselines.lastValue.testLoss / 100);
    expect(baselines.lastValue.testLoss).toBeCloseTo(0.00123, 5);
    expect(baselines.linear.testLoss).toBeLessThan(1e-15);
    expect(seconds).toBeGreaterThan(0);
  });

  test("follows the seed and the rate, and nothing else", async () => {
    const first = await json(["sine-gru", "--epochs", "1"]);
    const others = await Promise.all([
      json(["sine-gru", "--epochs", "1", "--seed", "0"]),
      json(["sine-gru", "--epochs", "1", "--seed", "1"]),
      json(["sine-gru", "--epochs", "1", "--rate", "0.001"]),
    ]);
    expect(others.map(({ testLoss }) => testLoss === first.testLoss)).toEqual([true, false, false]);
  });

  test("needs more than one epoch with two layers", async () => {
    const { testLoss } = await json(["sine-stacked", "--epochs", "1"]);
    expect(testLoss).toBeGreaterThan(1e-6);
    expect(testLoss).toBeLessThan(0.1);
  });
});

describe("the airline series", () => {
  test("is forecast, compared and drawn", async () => {
    const plot = place.path("made/air.svg");
    const result = await json(["airline-gru", "--epochs", "12", "--out", plot]);
    expect(result.parameters).toBe(23_301);
    expect(result.validationLoss).toBeLessThan(0.06); // 0.2 before the first epoch
    // The loss on [0, 1] and the error in passengers are the same thing: the range of the series is 518.
    expect(result.rmse / (518 * Math.sqrt(result.validationLoss))).toBeCloseTo(1, 4);
    expect(result.baselines.lastValue.rmse).toBeCloseTo(50.738, 2);
    expect(Object.keys(result.baselines)).toEqual(["lastValue", "seasonalNaive", "drift", "ets", "linear"]);
    expect(await readFile(plot, "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  });

  test("is shown beside the published result to people", async () => {
    const { out, code } = await example(["airline-gru", "--epochs", "1"]);
    expect(code).toBe(0);
    expect(out).toMatch(/validation loss +0\.\d+ +published: \.0114/);
    expect(out).toContain("the scaler then knows the future");
    expect(out).toContain("gruvy-report/airline-gru.svg");
  });
});

describe("sums of numbers", () => {
  test("a start is made with some questions, better than the commonest digits", async () => {
    const { testAccuracy, wholeAnswers, baselines } = await json(["addition", "--epochs", "2", "--rows", "3000"]);
    expect(testAccuracy).toBeGreaterThan(baselines.commonest.testAccuracy);
    expect(wholeAnswers).toBeLessThan(testAccuracy);
  });
});

describe("the characters of a text", () => {
  test("are learned from, and written", async () => {
    const folder = place.path("plays");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "tinyshakespeare.txt"), "To be, or not to be, that is the question.\n".repeat(250));
    const { testLoss, baselines } = await json(["shakespeare", "--epochs", "3"], { GRUVY_DATA: folder });
    expect(testLoss).toBeLessThan(Math.log(17));
    expect(baselines.afterOne.testLoss).toBeLessThan(baselines.alone.testLoss);
  });

  test("need their file", async () => {
    const { code, err } = await example(["shakespeare"], { GRUVY_DATA: place.path("absent") });
    expect(code).toBe(2);
    expect(err).toMatch(/tinyshakespeare\.txt is missing\. Set GRUVY_DATA/);
  });
});

describe("the weather", () => {
  test("is forecast from two inputs, beside the last value and a linear model", async () => {
    const folder = place.path("weather");
    await mkdir(folder, { recursive: true });
    const rows = Array.from({ length: 20 * 30 * 24 }, (_, hour) => {
      const date = new Date(Date.UTC(2016, 6, 1, hour)).toISOString().slice(0, 19).replace("T", " ");
      return [
        date,
        1,
        hour % 5,
        2,
        hour % 7,
        3,
        hour % 3,
        (20 + 5 * Math.sin((2 * Math.PI * hour) / 24)).toFixed(3),
      ].join();
    });
    await writeFile(join(folder, "ETTh1.csv"), `date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT\n${rows.join("\n")}\n`);
    const { testLoss, baselines } = await json(["weather", "--epochs", "6", "--rows", "1500"], { GRUVY_DATA: folder });
    expect(testLoss).toBeLessThan(baselines.lastValue.testLoss);
    expect(baselines.dayBefore.testLoss).toBeLessThan(1e-6);
  });
});

describe("translation", () => {
  test("puts words in another order, which no word does by itself", async () => {
    const folder = place.path("pairs");
    await mkdir(folder, { recursive: true });
    const nouns = ["boat bateau", "book livre", "hat chapeau", "cat chat", "dog chien", "bag sac"];
    const colours = ["red rouge", "green vert", "white blanc", "black noir", "yellow jaune", "blue bleu"];
    const verbs = ["I_see je_vois", "we_want nous_voulons", "they_have ils_ont", "I_need il_me_faut"];
    const pairs = verbs.flatMap((verb) =>
      nouns.flatMap((noun) =>
        colours.map((colour) => {
          const [v, n, c] = [verb, noun, colour].map((words) => words.replaceAll("_", "\u00a0").split(" "));
          return `${v[0]} a ${c[0]} ${n[0]}.\t${v[1]} un ${n[1]} ${c[1]}.`;
        }),
      ),
    );
    await writeFile(join(folder, "eng-fra.txt"), `${pairs.join("\n")}\n`);
    const { chrf, harder, baselines } = await json(["translation", "--epochs", "24"], { GRUVY_DATA: folder });
    expect(chrf).toBeGreaterThan(95);
    expect(harder).toEqual({ gru: chrf, wordForWord: baselines.wordForWord.chrf });
    expect(baselines.wordForWord.chrf).toBeGreaterThan(20);
    expect(baselines.wordForWord.chrf).toBeLessThan(90);
  });

  test("needs its file, with pairs in it", async () => {
    const folder = place.path("nothing");
    const absent = await example(["translation"], { GRUVY_DATA: folder });
    expect(absent.code).toBe(2);
    expect(absent.err).toMatch(/eng-fra\.txt is missing\. Set GRUVY_DATA/);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "eng-fra.txt"), "Go.\tVa !\n");
    const small = await example(["translation"], { GRUVY_DATA: folder });
    expect(small.code).toBe(2);
    expect(small.err).toMatch(/expected at least ten pairs of sentences in .*eng-fra\.txt/);
  });
});

describe("the reviews", () => {
  /** Reviews of which a word tells the class. */
  async function reviews(): Promise<Readonly<Record<string, string>>> {
    const folder = place.path("reviews");
    await mkdir(folder, { recursive: true });
    const rows = Array.from(
      { length: 24 },
      (_, i) => `"a film so ${i % 2 === 1 ? "good" : "bad"} I saw it ${i} times",${i % 2}`,
    );
    const table = gzipSync(`review,label\n${rows.join("\n")}\n`);
    for (const name of ["imdb-train.csv.gz", "imdb-test.csv.gz"]) await writeFile(join(folder, name), table);
    return { GRUVY_DATA: folder };
  }

  test("are read in both directions", async () => {
    const result = await json(["review-bidirectional", "--epochs", "1"], await reviews());
    expect(result.testAccuracy).toBeGreaterThan(0.4);
    expect(result.bestEpoch).toBe(1);
  });

  test("are read by three cells", async () => {
    const result = await json(["review-cells", "--epochs", "2"], await reviews());
    expect(Object.keys(result.models)).toEqual(["rnn", "lstm", "gru"]);
    for (const scores of Object.values(result.models)) {
      expect(scores.testAccuracy).toBeGreaterThanOrEqual(0.4);
      expect(scores.testAccuracy).toBeLessThanOrEqual(1);
      expect([1, 2]).toContain(scores.bestEpoch);
      // The same weights score the same when the last epoch is the one that was kept.
      if (scores.bestEpoch === 2) expect(scores.lastEpochTestLoss).toBe(scores.testLoss);
      else expect(scores.lastEpochTestLoss).not.toBe(scores.testLoss);
    }
    const least = Math.min(...Object.values(result.models).map(({ validationLoss }) => validationLoss));
    expect(result.validationLoss).toBe(least);
  });

  test("are read by one GRU in three ways, or in those that are asked for", async () => {
    const env = await reviews();
    const all = await json(["review-gru", "--epochs", "1"], env);
    expect(Object.keys(all.models)).toEqual(["plain", "dropout", "resetBefore"]);
    expect(all.testLoss).toBe(all.models.dropout.testLoss);
    expect(new Set(Object.values(all.models).map(({ testLoss }) => testLoss)).size).toBe(3);
    const one = await json(["review-gru", "--epochs", "1", "--only", "plain"], env);
    expect(one.models.plain.testLoss).toBe(all.models.plain.testLoss);
    expect(one.testLoss).toBe(one.models.plain.testLoss);
  });
});

test("without a name, the examples are listed", async () => {
  const { code, out, err } = await example([]);
  expect([code, err]).toEqual([0, ""]);
  for (const name of ["airline-gru", "review-cells", "review-gru", "sine-gru", "sine-stacked"]) {
    expect(out).toContain(`\n  ${name}\n`);
  }
});

test.each([
  [
    ["cosine"],
    /There is no example "cosine"\. Examples: addition, airline-gru, review-bidirectional, review-cells, review-gru, shakespeare, sine-gru, sine-stacked, translation, tune-reviews, weather/,
  ],
  [["../all"], /There is no example/],
  [["sine-gru", "--seed", "x"], /expected --seed to be a whole number from 0, found "x"/],
  [["sine-gru", "--epochs", "0"], /expected --epochs to be a whole number from 1/],
  [["sine-gru", "--rate", "0"], /expected --rate to be a number above 0, found "0"/],
  [["review-cells", "--clip=-1"], /expected --clip to be a number from 0/],
  [["sine-gru", "--out", "x"], /Unknown option '--out'[\s\S]*Options: --seed --epochs --json --rate/],
  [["review-cells", "--only", "gru,bert"], /expected --only to name some of rnn, lstm, gru, found "bert"/],
])("%j is refused with what would do", async (args, message) => {
  const { code, out, err } = await example(args as string[]);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toMatch(message);
});

test("what the library refuses is one sentence, not a stack", async () => {
  const { code, out, err } = await example(["review-gru", "--json"], { GRUVY_DATA: place.path("absent") });
  expect(code).toBe(1);
  expect(out).toBe("");
  expect(err).toMatch(/^review-gru: There is no file or folder .*absent.*\n$/);
});
