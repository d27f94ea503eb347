import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { GruvyError, shown } from "../base/index.ts";
import { type FileLayer, nodeFiles, writeTogether } from "../storage/node.ts";
import type { About } from "./types.ts";
import { isKnown } from "./words.js";

/** The files that a loader is made of, each after those it needs, by the kind of preprocessing. */
const parts = {
  plain: ["codec", "streams", "plain"],
  texts: ["codec", "streams", "texts"],
  sequences: ["codec", "streams", "sequences"],
  series: ["series"],
} as const;

type Kind = keyof typeof parts;

const MARK = "// Written by Gruvy";

/**
 * Writes a model's `.wasm` and beside it a loader, for models of its kind alone and in one file without imports, with
 * its types. Resolves to the files and their sizes.
 *
 * @throws {GruvyError} `model/preprocessing` for one that no loader knows, `file/exists` where a file that Gruvy has not written would be replaced by the loader,
 *   `file/...` where one cannot be written.
 */
export async function writeExported(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  layer: FileLayer = nodeFiles,
): Promise<{ readonly file: string; readonly bytes: number }[]> {
  const [js, dts] = await loaderOf(bytes, path);
  const stem = path.replace(/\.wasm$/, "");
  const files = [
    { path, content: bytes },
    { path: `${stem}.js`, content: new TextEncoder().encode(js) },
    { path: `${stem}.d.ts`, content: new TextEncoder().encode(dts) },
  ];
  for (const { path: file } of files.slice(1)) {
    const there = await readFile(file, "utf8").catch(() => MARK);
    if (there.startsWith(MARK)) continue;
    throw new GruvyError(
      "file/exists",
      `The loader would replace ${shown(file)}, which Gruvy has not written`,
      "Choose another name for the .wasm, or move that file.",
    );
  }
  await writeTogether(files, layer);
  return files.map(({ path: file, content }) => ({ file, bytes: content.length }));
}

/** The loader of a model, and its types. */
async function loaderOf(bytes: Uint8Array<ArrayBuffer>, path: string): Promise<[js: string, dts: string]> {
  const about = aboutOf(bytes);
  const kind = (about.preprocessing as { readonly kind: Kind } | null)?.kind ?? "plain";
  if (!Object.hasOwn(parts, kind)) {
    throw new GruvyError(
      "model/preprocessing",
      `Expected preprocessing of kind ${Object.keys(parts).slice(1).join(", ")}, found ${shown(kind)}`,
      "Leave it out, and do it in code.",
    );
  }
  const { word } = (about.preprocessing ?? {}) as { readonly word?: unknown };
  if (kind === "texts" && !isKnown(word)) {
    throw new GruvyError(
      "model/preprocessing",
      `Expected a pattern of words that Gruvy writes, found ${shown(word)}`,
      "Leave the preprocessing out, and split texts in code.",
    );
  }
  const texts = await Promise.all(["refuse", "program", "model", ...parts[kind]].map((name) => source(`${name}.js`)));
  const code = texts.map((text) => text.replace(/^import .*;\n/gm, "").replace(/^export (async )?/gm, "$1"));
  const name = basename(path);
  const js = [
    `${MARK}. Runs the model beside it, in Node and in pages, and needs nothing else:`,
    "//",
    `//   import { load } from ${quoted(`./${name.replace(/\.wasm$/, "")}.js`)};`,
    `//   const model = await load(fetch(${quoted(name)})); // in Node: await readFile(...)`,
    "",
    ...code,
    "/** The model in the file that this was written beside. */",
    `export const load = (source) => open(source, { ${kind} });`,
    "",
  ];
  const types = typed(await source("types.d.ts").catch(() => source("types.ts")), about, kind);
  return [js.join("\n"), `${types}\nexport declare function load(source: Source): Promise<Model>;\n`];
}

function aboutOf(bytes: Uint8Array<ArrayBuffer>): About {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), "gruvy");
  return JSON.parse(new TextDecoder().decode(section)) as About;
}

/** A name in quotes, fit for a comment: some characters beyond ASCII end a line, and with it the comment. */
const quoted = (name: string): string =>
  JSON.stringify(name).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const source = (name: string): Promise<string> => readFile(new URL(`./${name}`, import.meta.url), "utf8");

/** The types with those of this model in place of all that there are. */
function typed(text: string, about: About, kind: Kind): string {
  const { inputs, preprocessing } = about;
  const [{ kind: input }] = inputs;
  const classes = (preprocessing as { readonly task?: string } | null)?.task !== "regression";
  const step = inputs.length > 1 ? "never" : input === "tokens" ? "number" : `number | ${numbers}`;
  const row = rowType(input);
  const all = {
    plain: { Row: inputs.length > 1 ? rowsType(inputs) : row, Step: step, Answer: answerType(about) },
    texts: { Row: "string", Step: "string", Answer: "Label" },
    sequences: {
      Row: input === "tokens" ? "string | ArrayLike<number | string>" : row,
      Step: input === "tokens" ? "number | string" : step,
      Answer: classes ? "Label" : "number",
    },
    series: { Row: numbers, Step: "never", Answer: "readonly number[]" },
  }[kind];
  const replaced = Object.entries(all).reduce((before, [name, type]) => {
    const pattern = new RegExp(`(?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?export type ${name} =[^;]*;`);
    return before.replace(pattern, () => `export type ${name} = ${type};`);
  }, text);
  const why = hindrance(about);
  const whole = why === undefined ? replaced : withoutStep(replaced, why);
  return `${MARK}: the types of the loader beside.\n${whole.replace(/^\/\/.*\n/, "")}`;
}

/** Why an exported model has no stream; undefined where it goes step by step. */
export const streamHindrance = (bytes: Uint8Array<ArrayBuffer>): string | undefined => hindrance(aboutOf(bytes));

function hindrance({ preprocessing, stream }: About): string | undefined {
  const { kind } = (preprocessing ?? {}) as { readonly kind?: unknown };
  if (kind === "series") return "it takes windows of one length";
  return typeof stream === "string" ? stream : undefined;
}

/** The types of a model that must have seen a whole sequence: its step takes nothing, and says why. */
const withoutStep = (text: string, why: string): string =>
  text.replace(
    /( +)\/\*\*(?:(?!\*\/).)*\*\/\n +step\(.*?\};\n/s,
    (_, indent: string) =>
      `${indent}/** Throws: this model has no stream, for ${why.replaceAll("*/", "* /")}. \`predict\` takes whole rows. */\n${indent}step(state: undefined, x: never): never;\n`,
  );

const numbers = "ArrayLike<number>";

const rowType = (input: About["inputs"][number]["kind"]): string =>
  input === "sequence" ? `${numbers} | ArrayLike<${numbers}>` : numbers;

/** A row of several inputs: by name or in their order. */
function rowsType(inputs: About["inputs"]): string {
  const types = inputs.map(({ kind }) => rowType(kind));
  return `${recordType(inputs.map(({ name }, i) => [name, types[i]]))} | readonly [${types.join(", ")}]`;
}

function answerType({ answer, outputs }: About): string {
  const type = (output: number) => (outputs[output].sequence ? "readonly Float32Array[]" : "Float32Array");
  if (typeof answer === "number") return type(answer);
  if (Array.isArray(answer)) return `readonly [${answer.map(type).join(", ")}]`;
  return recordType(Object.entries(answer).map(([name, output]) => [name, type(output)]));
}

const recordType = (fields: readonly (readonly [name: string, type: string])[]): string =>
  `{ ${fields.map(([name, type]) => `readonly ${quoted(name)}: ${type}`).join("; ")} }`;
