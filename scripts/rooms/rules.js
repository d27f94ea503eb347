// Checks who knows whom: each room of src/ imports only the rooms it may know, through their doors; the engine's
// layers keep their order; there are no circles; what a browser loads imports nothing of Node.

import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { isKernelTwin, isTestFile, readImports } from "./imports.js";

/** @typedef {import("./imports.js").Import} Import */

/** The rooms that each room may know. CONTRIBUTING.md says why. */
export const knows = {
  base: [],
  engine: ["base"],
  model: ["base", "engine"],
  data: ["base"],
  evaluation: ["base", "data"],
  storage: ["base"],
  interchange: ["base", "model", "storage"],
  tasks: ["base", "model", "data", "evaluation", "storage"],
  tuning: ["base", "model", "storage", "tasks"],
  report: ["base"],
  run: ["base", "storage"],
  cli: ["base", "engine", "model", "data", "evaluation", "storage", "interchange", "tasks", "tuning", "report", "run"],
};

/** Inside the engine each layer knows those before it. */
export const engineLayers = ["wasm", "kernels", "graph", "runtime", "doctor"];

/** Doors beside index.ts, and the rooms or files that may use them; `types` admits `import type` alone. */
const doors = {
  "engine/doctor/index.ts": { for: ["cli"], types: false },
  "evaluation/transform-names.ts": { for: ["cli"], types: false },
  "data/missing-policies.ts": { for: ["cli"], types: false },
  "data/node.ts": { for: ["tasks", "cli", "node.ts"], types: false },
  "storage/foreign.ts": { for: ["interchange"], types: false },
  "storage/node.ts": { for: ["tasks", "tuning", "run", "cli", "node.ts"], types: false },
  "run/node.ts": { for: ["cli", "node.ts"], types: false },
  "tuning/node.ts": { for: ["cli", "node.ts"], types: false },
  "tasks/explanation.ts": { for: ["report"], types: true },
  "tasks/names.ts": { for: ["report"], types: false },
  "tasks/results.ts": { for: ["report"], types: true },
  "tuning/results.ts": { for: ["report"], types: true },
};

/** Where the browser comes in, and the file whose packages the build bundles. */
const browserEntry = "index.ts";
const bundled = "report/plot.ts";

/** The room of a file; undefined for src/index.ts and its neighbours, the public entries. */
const roomOf = (/** @type {string} */ file) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : undefined);
const layerOf = (/** @type {string} */ file) => engineLayers.indexOf(file.split("/")[1] ?? "");

/**
 * What breaks the rules under `root`, one readable line each; empty when all is well.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function violations(root) {
  const imports = readImports(join(root, "src"));
  const packages = dependencies(root);
  const found = [];
  for (const file of imports.keys()) {
    const room = roomOf(file);
    if (room !== undefined && !Object.hasOwn(knows, room)) {
      found.push(`src/${file}: there is no room "${room}". The rooms are ${Object.keys(knows).join(", ")}.`);
    }
  }
  for (const [file, list] of imports) {
    for (const one of list) {
      const problem =
        one.target === undefined ? foreign(file, one, packages) : acquaintance(file, one.target, one.kind);
      if (problem !== undefined) found.push(`src/${file}:${one.line} imports ${one.specifier}: ${problem}`);
    }
  }
  return [...found, ...circles(imports), ...nodeInBrowser(imports)];
}

/** Why `file` may not import the file `target` of src/, if it may not. */
function acquaintance(/** @type {string} */ file, /** @type {string} */ target, /** @type {Import["kind"]} */ kind) {
  if (isTestFile(target)) return "it belongs to the tests, which the package does not contain.";
  if (isKernelTwin(target) && !isKernelTwin(file) && !file.startsWith("engine/doctor/")) {
    return "float64 definitions are for tests and engine/doctor alone.";
  }
  if (target.startsWith("..")) return "it lies outside src/, so dist/ would not contain it.";
  const room = roomOf(file);
  const other = roomOf(target);
  if (room === other) return room === "engine" ? layering(file, target) : undefined;
  if (other === undefined)
    return room === "cli" ? undefined : `${room} may not know the public entries of the library.`;
  const door = Object.hasOwn(doors, target) ? doors[target] : undefined;
  if (door?.for.includes(room ?? file)) {
    return door.types && kind !== "type" ? "only its types may be known here; use `import type`." : undefined;
  }
  if (room !== undefined && !(knows[room] ?? []).includes(other)) {
    const allowed = knows[room] ?? [];
    return `${room} may not know ${other}; it may know ${allowed.length > 0 ? allowed.join(", ") : "nobody"}.`;
  }
  if (door !== undefined) return `this door is open to ${door.for.join(", ")} alone.`;
  return target === `${other}/index.ts` ? undefined : `${other} is entered through src/${other}/index.ts alone.`;
}

function layering(/** @type {string} */ file, /** @type {string} */ target) {
  const layer = layerOf(file);
  if (layer < 0) return undefined;
  if (layerOf(target) < 0) return "inside the engine, import the file that defines what is needed.";
  if (layerOf(target) <= layer) return undefined;
  return `inside the engine the order is ${engineLayers.join(", ")}, and ${engineLayers[layer]} knows only those before it.`;
}

/** Why a package may not be imported, if it may not: users have the dependencies alone. The build looks after types. */
function foreign(
  /** @type {string} */ file,
  /** @type {Import} */ { specifier, kind },
  /** @type {string[]} */ packages,
) {
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? undefined : `write node:${specifier}.`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (packages.includes(name) || file === bundled || kind === "type") return undefined;
  return `${name} is not among the dependencies in package.json, so users would not have it.`;
}

function dependencies(/** @type {string} */ root) {
  const path = join(root, "package.json");
  return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, "utf8")).dependencies ?? {}) : [];
}

/** One line for each circle of imports that exist at run time: which of its files runs first depends on who comes in. */
function circles(/** @type {Map<string, Import[]>} */ imports) {
  const found = new Set();
  const done = new Set();
  const visit = (/** @type {string} */ file, /** @type {string[]} */ path) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const circle = path.slice(start);
      const first = circle.indexOf([...circle].sort()[0]);
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      found.add(`circle: ${[...turned, turned[0]].map((name) => `src/${name}`).join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const { target, kind } of imports.get(file) ?? []) {
      if (target !== undefined && kind === "static") visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return [...found].sort();
}

/** What a page that imports the library would load of Node, with the way there. */
function nodeInBrowser(/** @type {Map<string, Import[]>} */ imports) {
  const found = [];
  const ways = new Map(imports.has(browserEntry) ? [[browserEntry, [browserEntry]]] : []);
  for (const [file, way] of ways) {
    for (const { specifier, target, kind, line } of imports.get(file) ?? []) {
      if (kind === "type") continue;
      if (isBuiltin(specifier)) {
        found.push(
          `src/${file}:${line} imports ${specifier}, but browsers load it: ${way.map((name) => `src/${name}`).join(" -> ")}.`,
        );
      } else if (target !== undefined && !ways.has(target)) {
        ways.set(target, [...way, target]); // a Map's iteration goes on to what is added meanwhile
      }
    }
  }
  return found;
}
