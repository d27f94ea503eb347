import { expect, test } from "vitest";
import { airlinePassengers, reber } from "../data/index.ts";
import { compare } from "./compare.ts";

const quick = { epochs: 1, units: 3, cells: ["rnn"] } as const;

test("fewer rows of a series meet the same test part; the full size is the comparison itself", async () => {
  const { vary, models, split } = await compare(airlinePassengers(), { ...quick, vary: "rows" });
  const full = split.train + split.validation;
  expect(vary?.sizes).toEqual([0.2, 0.4, 0.6, 0.8, 1].map((share) => Math.floor(share * full)));
  // What needs no training scores the same on the same test part.
  expect(new Set(vary?.scores.lastValue).size).toBe(1);
  expect(vary?.scores.lastValue?.[0]).toBe(models[0].test.rmse);
  expect(new Set(vary?.scores.rnn).size).toBeGreaterThan(1);
});

test("with several seeds every size shows the first", async () => {
  const { vary, models } = await compare(airlinePassengers(), { ...quick, seed: 4, seeds: 3, vary: "rows" });
  const seeds = models.find(({ name }) => name === "rnn")?.seeds;
  expect(seeds?.map(({ seed }) => seed)).toEqual([4, 5, 6]);
  expect(vary?.scores.rnn?.at(-1)).toBe(seeds?.[0].rmse);
});

test("other windows of a series meet the same test part", async () => {
  const { vary } = await compare(airlinePassengers(), { ...quick, vary: "length" });
  expect(vary?.sizes).toEqual([3, 6, 12, 24, 48]);
  expect(new Set(vary?.scores.lastValue).size).toBe(1);
  expect(new Set(vary?.scores.linear).size).toBe(5);
});

test("lengths of generated sequences are made anew", async () => {
  const reload = async (length: number) => reber({ length, rows: 100 });
  const { vary } = await compare(await reload(8), { ...quick, vary: "length", reload, length: 8 });
  expect(vary?.sizes.slice(-3)).toEqual([8, 16, 32]);
  expect(vary?.metric).toBe("accuracy");
  await expect(compare(await reload(8), { ...quick, vary: "length" })).rejects.toMatchObject({ code: "usage/option" });
});

test("a length that draws the same strings as the next one is left out", async () => {
  const reload = async (length: number) => reber({ length, rows: 100 });
  const { vary } = await compare(await reload(10), { ...quick, vary: "length", reload, length: 10 });
  // The shortest inner string has five symbols, so 3 would be 5 again.
  expect(vary?.sizes).toEqual([5, 10, 20, 40]);
});

test("sizes that leave too little are left out, and said", async () => {
  const notes: string[] = [];
  const short = airlinePassengers();
  const data = { ...short, values: short.values.slice(0, 40), dates: undefined };
  const { vary } = await compare(data, {
    ...quick,
    vary: "rows",
    window: 30,
    transform: "asIs",
    onProgress: (event) => event.type === "note" && notes.push(event.text),
  });
  expect(vary?.sizes.length).toBeLessThan(5);
  expect(notes.some((note) => /^Left out: /.test(note))).toBe(true);
});

test("a season that was asked for holds at every size", async () => {
  const { vary } = await compare(airlinePassengers(), { ...quick, season: 1, vary: "rows" });
  expect(Object.keys(vary?.scores ?? {})).not.toContain("seasonalNaive");
  expect(vary?.sizes.length).toBe(5);
});

test("of texts the lengths are those that differ", async () => {
  const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");
  const texts = Array.from({ length: 60 }, (_, i) => `${i % 2 ? "good" : "bad"} ${words(1 + (i % 15))}`);
  const train = { texts, labels: texts.map((text) => text.slice(0, 1)) };
  const data = { kind: "texts" as const, name: "x", source: "made", train };
  const sizes = async (maxLength?: number) => {
    const options = { cells: ["rnn"] as const, units: 2, epochs: 1, vary: "length" as const, maxLength };
    return (await compare(data, options)).vary?.sizes;
  };
  expect(await sizes()).toEqual([4, 9, 200]);
  expect(await sizes(8)).toEqual([2, 4, 8, 16, 32]);
  expect(await sizes(10)).toEqual([3, 5, 10, 20]);
});
