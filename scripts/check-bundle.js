// npm run check:bundle: what a page that trains a GRU would download, worker script included, minified and gzipped.

import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { build, parseSync } from "vite";

const LIMIT = 60_000;
const page =
  'import { sequential, embedding, gru, dense, adam } from "gruvy"; console.log(sequential, embedding, gru, dense, adam);';

const root = fileURLToPath(new URL("..", import.meta.url));
const library = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** Imports of Node's modules that the bundler met. */
const ofNode = [];

try {
  if (!existsSync(library)) throw new Error("dist/index.js is missing. Run `npm run build`.");
  const files = await bundle();
  const problems = [...ofNode, ...incomplete(files)];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  report(files);
} catch (error) {
  console.error(stripVTControlCharacters(error.message));
  process.exitCode = 1;
}

/** @returns {Promise<Map<string, string>>} the scripts of the page by name */
async function bundle() {
  const pageId = "\0page.js";
  const plugin = {
    name: "page",
    enforce: "pre",
    resolveId(id, importer) {
      if (id === "page") return pageId;
      if (id === "gruvy") return library;
      if (isBuiltin(id)) ofNode.push(`${relative(root, importer)} imports ${id}, which browsers lack.`);
    },
    load: (id) => (id === pageId ? page : undefined),
  };
  const { output } = await build({
    root,
    configFile: false,
    logLevel: "silent",
    plugins: [plugin],
    worker: { format: "es", plugins: () => [plugin] },
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      assetsInlineLimit: 0,
      rolldownOptions: { input: { page: "page" } },
    },
  });
  const text = (file) => (file.type === "chunk" ? file.code : Buffer.from(file.source).toString("utf8"));
  return new Map(output.filter((file) => /\.m?js$/.test(file.fileName)).map((file) => [file.fileName, text(file)]));
}

/** What the page would miss: a bundle that leaves something out is small for the wrong reason. */
function incomplete(files) {
  const problems = [];
  for (const [name, code] of files) {
    for (const { moduleRequest } of parseSync(name, code).module.staticImports) {
      const file = moduleRequest.value.replace(/^\.\//, "");
      if (![...files.keys()].some((other) => other.endsWith(file))) {
        problems.push(`${name} imports ${moduleRequest.value}, which is not part of the bundle.`);
      }
    }
  }
  return problems;
}

function report(files) {
  let total = 0;
  for (const [name, code] of files) {
    const size = gzipSync(code, { level: 9 }).length;
    total += size;
    console.log(`${String(size).padStart(8)} bytes gzipped  ${name} (${code.length} minified)`);
  }
  const share = `${total} of ${LIMIT} bytes`;
  if (total > LIMIT)
    throw new Error(`The page's bundle is too large: ${share}. What does it load that training does not need?`);
  console.log(`${String(total).padStart(8)} bytes gzipped in all; the limit is ${LIMIT}.`);
}
