import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const linksOf = (text: string): string[] =>
  Array.from(text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g), ([, link]) => link).filter((link) =>
    /^[\w./-]+$/.test(link),
  );

test("what README.md links to is in the package", () => {
  const { files }: { files: string[] } = JSON.parse(read("package.json"));
  const links = linksOf(read("README.md"));
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) {
    expect([link, existsSync(new URL(link, root))]).toEqual([link, true]);
    expect([link, files.some((file) => link === file || link.startsWith(`${file}/`))]).toEqual([link, true]);
  }
});
