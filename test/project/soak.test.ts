import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);

test("npm run soak runs all that has a command of its own, unless told which", async () => {
  const { partsOf } = (await import("../../scripts/soak/parts.js")) as {
    partsOf(names: readonly string[]): { name: string; script: string }[];
  };
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(new URL("package.json", root), "utf8"),
  );
  const own = Object.keys(scripts).filter((name) => name.startsWith("soak:"));
  expect(partsOf([]).map(({ name }) => `soak:${name}`)).toEqual(own);
  for (const { name, script } of partsOf([])) {
    expect(scripts[`soak:${name}`]).toBe(`node scripts/${script}`);
    expect(existsSync(new URL(`scripts/${script}`, root))).toBe(true);
  }
  expect(partsOf(["studies", "kills"]).map(({ name }) => name)).toEqual(["kills", "studies"]);
  expect(() => partsOf(["stack"])).toThrow(/No part "stack"; there are stacks, kills, studies, files/);
});
