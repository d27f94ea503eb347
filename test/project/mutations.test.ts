import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

test("every mistake that npm run mutate plants still fits the engine", async () => {
  const { mutations } = (await import("../../scripts/mutate/mutations.js")) as { mutations: readonly Mutation[] };
  const found = mutations.map(({ name, file, find, replace }) => {
    const text = readFileSync(new URL(`../../src/engine/${file}`, import.meta.url), "utf8");
    return { name, places: text.split(find).length - 1, changes: find !== replace };
  });
  expect(found).toEqual(mutations.map(({ name }) => ({ name, places: 1, changes: true })));
  expect(mutations.length).toBeGreaterThanOrEqual(41);
});
