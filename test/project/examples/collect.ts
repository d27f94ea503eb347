import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";

/** A piece of code that documentation shows. */
export interface Example {
  /** Relative to the root of the repository. */
  readonly file: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** False where the page says `no-run`: such an example need only parse. */
  readonly run: boolean;
}

/** The examples of the docstrings in src/ and of the fences marked `ts` in README.md and docs/. */
export function collectExamples(root: string): Example[] {
  const filesIn = (folder: string, ending: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(ending) && !/[.](test|twin)[.]ts$/.test(name))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .sort();
  const pages = [...readdirSync(root).filter((name) => name === "README.md"), ...filesIn("docs", ".md")];
  return [
    ...filesIn("src", ".ts").flatMap((file) => docstringExamples(file, readFileSync(join(root, file), "utf8"))),
    ...pages.flatMap((file) => fencedExamples(file, readFileSync(join(root, file), "utf8"))),
  ];
}

/** The `@example` blocks of a source file's docstrings, each up to the next tag. */
export function docstringExamples(file: string, source: string): Example[] {
  const examples: Example[] = [];
  for (const comment of parseSync(file, source).comments) {
    if (comment.type !== "Block" || !comment.value.startsWith("*")) continue;
    const firstLine = lineAt(source, comment.start);
    const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
    for (let start = 0; start < lines.length; start++) {
      if (!/^\s*@example\b/.test(lines[start])) continue;
      let end = start + 1;
      while (end < lines.length && !/^\s*@\w/.test(lines[end])) end++;
      const block = lines.slice(start + 1, end);
      const fenced = fencedExamples(file, block.join("\n"), firstLine + start);
      if (fenced.length > 0) examples.push(...fenced);
      else examples.push({ file, line: firstLine + start + 1, code: block.join("\n"), run: true });
    }
  }
  return examples;
}

/** The fences marked `ts` of a page; `offset` is added to their line numbers. */
export function fencedExamples(file: string, page: string, offset = 0): Example[] {
  const fences = page.matchAll(/^([ \t]*)```ts\b([^\n]*)\n(.*?)^[ \t]*```[ \t]*$/gms);
  return Array.from(fences, (fence) => ({
    file,
    line: lineAt(page, fence.index) + 1 + offset,
    code: fence[3],
    run: !/\bno-run\b/.test(fence[2]),
  }));
}

const lineAt = (text: string, position: number): number => text.slice(0, position).split("\n").length;
