import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gruvyVersion } from "../../src/tasks/index.ts";

test("the version that reports and model files name is the package's", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(gruvyVersion).toBe(version);
});
