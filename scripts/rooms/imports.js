// Reads which file of src/ imports what, from the syntax tree, so that comments and strings never count.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync, Visitor } from "vite";

/**
 * @typedef {object} Import
 * @property {string} specifier as written
 * @property {string} [target] the file meant, relative to src/ and with its .ts ending; absent for packages
 * @property {number} line from 1
 * @property {"static" | "dynamic" | "worker" | "type"} kind `type` is erased by the compiler; `worker` is a script named by `new URL(..., import.meta.url)`
 */

/** The kernels' definitions in float64: tests read them, and `gruvy doctor`, so the package contains them. */
export const isKernelTwin = (/** @type {string} */ file) => /^engine\/kernels\/[^/]*\.twin\.ts$/.test(file);

/** Files of the tests, which the package does not contain. */
export const isTestFile = (/** @type {string} */ file) => /\.(test|twin)\.ts$/.test(file) && !isKernelTwin(file);

/**
 * The imports of every source file under `folder` (tests left out), by path relative to it.
 *
 * @param {string} folder
 * @returns {Map<string, Import[]>}
 */
export function readImports(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map((file) => String(file).replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && !isTestFile(file))
    .sort();
  return new Map(files.map((file) => [file, importsOf(folder, file)]));
}

/** @returns {Import[]} */
function importsOf(/** @type {string} */ folder, /** @type {string} */ file) {
  const text = readFileSync(join(folder, file), "utf8");
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`src/${file} cannot be parsed: ${errors[0].message}`);
  /** @type {Import[]} */
  const found = [];
  const add = (source, kind) => {
    if (typeof source?.value !== "string") return;
    const specifier = source.value;
    const target = specifier.startsWith(".") ? targetOf(folder, file, specifier) : undefined;
    found.push({ specifier, target, line: text.slice(0, source.start).split("\n").length, kind });
  };
  // `import { type A }` keeps its import at run time under verbatimModuleSyntax; only `import type` is erased.
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === "type" ? "type" : "static"),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === "type" ? "type" : "static"),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === "type" ? "type" : "static"),
    ImportExpression: (node) => add(node.source, "dynamic"),
    TSImportType: (node) => add(node.source, "type"),
    NewExpression: (node) => {
      const [path, base] = node.arguments;
      const isOwnUrl = base?.type === "MemberExpression" && base.object.type === "MetaProperty";
      const isScript = path?.type === "Literal" && /\.[jt]s$/.test(String(path.value));
      if (node.callee.type === "Identifier" && node.callee.name === "URL" && isOwnUrl && isScript) add(path, "worker");
    },
  }).visit(program);
  return found;
}

/** A worker's address is written as it will be in dist, with .js; it means the .ts file beside. */
function targetOf(folder, file, specifier) {
  const path = posix.join(posix.dirname(file), specifier);
  const source = path.replace(/\.js$/, ".ts");
  return !existsSync(join(folder, path)) && existsSync(join(folder, source)) ? source : path;
}
