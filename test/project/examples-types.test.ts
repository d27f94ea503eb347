import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { collectExamples, type Example } from "./examples/collect.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gruvy-examples-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Where a package's types lie in src: "./tasks" of package.json is src/tasks/index.ts. */
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { types: string }>;
};
const paths = Object.fromEntries(
  Object.entries(exports).map(([name, { types }]) => [
    join("gruvy", name).replaceAll("\\", "/"),
    [join(root, types.replace("./dist", "src").replace(".d.ts", ".ts"))],
  ]),
);

/** What `tsc --strict` says of examples, each a module of its own, its lines numbered as in the page. */
function complaints(examples: readonly Example[]): string {
  const files = examples.map(({ file, line, code }) => {
    const path = join(folder, `${file.replace(/[.]md$/, "")}.${line}.mts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${"\n".repeat(line - 1)}${code}\nexport {};\n`);
    return path;
  });
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2023",
    lib: ["es2023", "dom", "dom.asynciterable"],
    module: "nodenext",
    allowImportingTsExtensions: true,
    allowJs: true, // the loader of exported models is JavaScript
    skipLibCheck: true,
    typeRoots: [join(root, "node_modules", "@types")],
    types: ["node"],
    paths,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = join(dirname(typescript), JSON.parse(readFileSync(typescript, "utf8")).bin.tsc);
  const { stdout, stderr, error } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  if (error) throw error;
  return `${stdout}${stderr}`;
}

test("the examples of the pages pass tsc --strict, and one that does not is told with its line", () => {
  const pages = collectExamples(root).filter(({ file }) => file.endsWith(".md"));
  expect(pages.length).toBeGreaterThan(20);
  const wrong = {
    file: "wrong.md",
    line: 3,
    code: 'import { gru } from "gruvy";\n\ngru({ unit: 3 });\n',
    run: false,
  };
  const lines = complaints([...pages, wrong])
    .split("\n")
    .filter((line) => /error TS/.test(line));
  expect(lines).toEqual([expect.stringMatching(/wrong\.3\.mts\(5,7\): error TS/)]);
});
