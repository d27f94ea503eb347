import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collectExamples, docstringExamples, type Example, fencedExamples } from "./examples/collect.ts";
import { readExpected } from "./examples/expected.ts";
import { rewrite } from "./examples/rewrite.ts";
import { type Modules, type Names, runExample } from "./examples/run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const load = async (file: string): Promise<Names> =>
  existsSync(join(root, file)) ? ((await import(/* @vite-ignore */ join(root, file))) as Names) : {};

/** `gruvy` is src/index.ts, `gruvy/node` is src/node.ts, `gruvy/tasks` is src/tasks/index.ts. */
const modules: Modules = async (specifier) => {
  if (specifier === "gruvy" || specifier.startsWith("gruvy/")) {
    const name = specifier.slice("gruvy/".length) || "index";
    return { ...(await load(`src/${name}.ts`)), ...(await load(`src/${name}/index.ts`)) };
  }
  return (await import(/* @vite-ignore */ specifier)) as Names;
};

/** What an example may use without importing it: the names of the library, of base, of its room and of its own file. */
async function namesFor({ file }: Example): Promise<Names> {
  const names = { ...(await load("src/index.ts")), ...(await load("src/node.ts")) };
  const room = /^src\/[^/]+\//.exec(file)?.[0];
  if (room === undefined) return names;
  return {
    ...(await load("src/base/index.ts")),
    ...names,
    ...(await load(`${room}index.ts`)),
    ...(await load(`${room}node.ts`)),
    ...(await load(file)),
  };
}

const examples = collectExamples(root);

describe("the examples of the documentation", () => {
  let run = 0;
  let values = 0;
  const folder = mkdtempSync(join(tmpdir(), "gruvy-examples-"));
  beforeAll(() => {
    // A project's folder for them to read and write in: its package.json and three years of sales by month.
    copyFileSync(join(root, "package.json"), join(folder, "package.json"));
    const months = Array.from(
      { length: 36 },
      (_, i) => `${2020 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`,
    );
    const rows = months.map((month, i) => `${month},${100 + 3 * i + 20 * (i % 12 === 11 ? 1 : 0)}`);
    writeFileSync(join(folder, "sales.csv"), `month,sales\n${rows.join("\n")}\n`);
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
    const shown = examples.length - run;
    console.info(`Examples: ${run} run, ${values} values held${shown > 0 ? `, ${shown} not run or failed` : ""}`);
  });

  test.each(examples.map((example) => [`${example.file}:${example.line}`, example] as const))(
    "%s",
    async (_, example) => {
      if (!example.run) {
        rewrite(example); // it must still parse
        return;
      }
      values += await runExample(example, await namesFor(example), modules);
      run++;
    },
  );

  test("are found", () => {
    expect(examples.some(({ file }) => file === "src/base/tensor.ts")).toBe(true);
  });
});

describe("an example", () => {
  const run = (code: string, names: Names = {}) =>
    runExample({ file: "page.md", line: 10, code, run: true }, names, modules);

  test("holds values, about values and errors", async () => {
    const code = `
      import { join } from "node:path";
      const xs: number[] = [1, 2];
      xs.map((x) => x * 2); // [2, 4]
      new Float32Array([0.1]); // ≈ Float32Array [0.100]
      await Promise.resolve({ a: -1.26, b: "c" }); // ≈ { a: -1.3, b: "c" }
      console.log(xs.length); // 2
      console.log("any", "thing"); // prose
      xs.push(3); // changes the array
      const y = xs[0]; // prose
      join("a", "b").length; // 3
      const never = (() => { throw Object.assign(new Error(), { code: "data/bad" }); })(); // throws data/bad
    `;
    expect(await run(code)).toBe(6);
  });

  test("may declare a name in scope", async () => {
    expect(await run("const dropout = 1;\ndropout; // 1", { dropout: 2 })).toBe(1);
  });

  const failing: [string, RegExp][] = [
    ["1 + 1; // 3", /page\.md:10/],
    ["\n[0.15]; // ≈ [0.10]", /page\.md:11/],
    ["[1]; // Float32Array [1]", /page\.md:10/],
    ["1; // throws data/bad", /page\.md:10/],
    ["throw new Error('broken')", /broken/],
    ["absent;", /absent is not defined/],
    ["const x = 1;\nx + 1; // two", /page\.md:11: expected a literal .* found two/],
    ["Math.max(1); // [1, 2, ...", /page\.md:10: expected a literal/],
    ["\nconst = 1", /page\.md:11: the example does not parse/],
    ['import { absent } from "node:path";', /imports absent, which is not exported/],
  ];
  test.each(failing)("fails: %s", async (code, message) => {
    await expect(run(code)).rejects.toThrow(message);
  });
});

test("values are read, prose is not", () => {
  const value = (text: string) => readExpected(text);
  expect(value(" -1")).toEqual({ kind: "value", value: -1 });
  expect(value("undefined")).toEqual({ kind: "value", value: undefined });
  expect(value('[[1, null], {"a b": true, c: NaN}]')).toEqual({
    kind: "value",
    value: [[1, null], { "a b": true, c: Number.NaN }],
  });
  expect(value("3e-5")).toEqual({ kind: "value", value: 3e-5 });
  expect(value("throws file/not-found")).toEqual({ kind: "throws", code: "file/not-found" });
  for (const prose of ["three", "3 epochs", "f(1)", "[...x]", "1; 2", "", "[, 1]"])
    expect(value(prose)).toBeUndefined();
});

test("examples are found with their lines", () => {
  const source =
    '/**\n * Text.\n *\n * @example\n * f(1); // 2\n *\n * f(2);\n * @throws nothing\n */\nexport const f = "/** @example no */";\n';
  expect(docstringExamples("f.ts", source)).toEqual([
    { file: "f.ts", line: 5, code: "f(1); // 2\n\nf(2);", run: true },
  ]);
  const page = "# A\n\n```ts\na;\n```\n```js\nb;\n```\n\n```ts no-run\nc;\n```\n";
  expect(fencedExamples("a.md", page)).toEqual([
    { file: "a.md", line: 4, code: "a;\n", run: true },
    { file: "a.md", line: 11, code: "c;\n", run: false },
  ]);
  const fenced = "/**\n * @example\n * ```ts no-run\n * c;\n * ```\n */";
  expect(docstringExamples("f.ts", fenced)).toEqual([{ file: "f.ts", line: 4, code: "c;\n", run: false }]);
});
