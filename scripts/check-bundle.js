// npm run check:bundle: what a page that trains a GRU would download, worker script included, minified and gzipped.

import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, relative } from "node:path";
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
  const problems = [...ofNode, ...amiss(files)];
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

/** What the page would miss, since a bundle that leaves something out is small for the wrong reason; or does not need. */
function amiss(files) {
  const problems = [];
  for (const [name, code] of files) {
    if (code.includes("getBuiltinModule") && !basename(name).startsWith("worker")) {
      problems.push(`${name} asks for Node's modules: does "browser" in package.json name what pages load instead?`);
    }
    for (const { moduleRequest } of parseSync(name, code).module.staticImports) {
      const file = moduleRequest.value.replace(/^\.\//, "");
      if (![...files.keys()].some((other) => other.endsWith(file))) {
        problems.push(`${name} imports ${moduleRequest.value}, which is not part of the bundle.`);
      }
    }
  }
  return problems;
}

/** Whether a script starts a worker as pages do; Node's workers are started from a file of their own. */
function starts(code, file) {
  return new RegExp(`\\bnew Worker\\(new URL\\(.[^,]*${file}`).test(code);
}

/** What the page loads at once: its script, what that imports, and the workers that it starts. */
function loadedAtOnce(files) {
  const found = new Set();
  const take = (name) => {
    if (found.has(name)) return;
    found.add(name);
    const code = files.get(name);
    const imports = parseSync(name, code).module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
    for (const other of files.keys()) {
      const file = basename(other);
      if (starts(code, file) || imports.some((from) => from.endsWith(file))) take(other);
    }
  };
  for (const name of files.keys()) if (basename(name).startsWith("page")) take(name);
  return found;
}

function report(files) {
  const atOnce = loadedAtOnce(files);
  const workers = [...atOnce].filter((name) => basename(name).startsWith("worker"));
  if (atOnce.size === workers.length || workers.length === 0) {
    throw new Error(`The page's script or its worker was not found among ${[...files.keys()].join(", ")}.`);
  }
  let total = 0;
  let later = 0;
  for (const [name, code] of files) {
    const size = gzipSync(code, { level: 9 }).length;
    const ofNode = basename(name).startsWith("worker") && !atOnce.has(name);
    if (atOnce.has(name)) total += size;
    else if (!ofNode) later += size;
    const when = atOnce.has(name) ? "" : ofNode ? ", Node's" : ", loaded when needed";
    console.log(`${String(size).padStart(8)} bytes gzipped  ${name} (${code.length} minified${when})`);
  }
  const share = `${total} of ${LIMIT} bytes`;
  if (total > LIMIT) {
    const beside = atOnce.size - workers.length - 1;
    const split =
      beside > 0 ? ` ${beside} files stand beside the page's script (docs/decisions.md says what splits it).` : "";
    throw new Error(`The page's bundle is too large: ${share}. What does it load that training does not need?${split}`);
  }
  console.log(`${String(total).padStart(8)} bytes gzipped at once; the limit is ${LIMIT}. ${later} more when needed.`);
}
