import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

test("the types that are published need no DOM library", () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-package-types-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(fileURLToPath(root), join(folder, "node_modules", "gruvy"), "junction");
    const { exports }: { exports: Record<string, { types?: string }> } = JSON.parse(read("package.json"));
    const names = Object.keys(exports).filter((name) => exports[name].types !== undefined);
    expect(names.length).toBeGreaterThan(5);
    const lines = names.map((name, i) => `export * as part${i} from "gruvy${name.slice(1)}";\n`);
    writeFileSync(join(folder, "uses.mts"), `${lines.join("")}export const wrong: string = 1;\n`);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: "nodenext", target: "es2022", lib: ["es2022"], types: ["node"] },
      typeRoots: [fileURLToPath(new URL("node_modules/@types", root))],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["uses.mts"] }));
    const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout.trim().split("\n")).toEqual([expect.stringMatching(/uses\.mts\(\d+,14\): error TS2322/)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
