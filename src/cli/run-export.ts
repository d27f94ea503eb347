import { basename } from "node:path";
import { inert } from "../report/index.ts";
import { streamHindrance, writeExported } from "../run/node.ts";
import { readFileLimited } from "../storage/node.ts";
import { wasmOfFile } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { UsageError } from "./exit.ts";
import type { ExportFlags } from "./flags.ts";
import { commonJsPackage } from "./package-type.ts";
import { checkFile } from "./place.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy export`: the model as WebAssembly, with a loader beside it. */
export async function runExport(path: string, { out, relaxedSimd = false, json }: ExportFlags): Promise<void> {
  const target = out ?? `${basename(path).replace(/\.[^.]*$/, "")}.wasm`;
  if (!target.endsWith(".wasm"))
    throw new UsageError(`Expected --out to end in .wasm, found ${JSON.stringify(target)}`);
  const bytes = await readFileLimited(path);
  await checkFile(target, [path]);
  startEngine();
  const wasm = await wasmOfFile(bytes, path, { relaxedSimd });
  const files = await writeExported(wasm, target);
  const warnings = await warningsOf(target);
  if (json) {
    await print(`${JSON.stringify({ model: path, relaxedSimd, files, warnings })}\n`);
    return;
  }
  const width = Math.max(...files.map(({ file }) => file.length));
  const lines = files.map(({ file, bytes }, i) => {
    const what = [
      "the model",
      `load(bytes or fetch(...)), then predict(rows)${streamHindrance(wasm) === undefined ? " and step(state, x)" : ""}`,
      "its types",
    ][i];
    return `${inert(file.padEnd(width))}  ${sizeText(bytes).padStart(9)}  ${what}`;
  });
  await print(`${lines.join("\n")}\n`);
  const { line } = session({ json });
  for (const warning of warnings) line(warning);
}

/** Said where Node will not read the loader as the ES module that it is. */
async function warningsOf(target: string): Promise<string[]> {
  const found = await commonJsPackage(target);
  if (found === undefined) return [];
  const name = basename(target).replace(/\.wasm$/, "");
  return [
    `Node will not load ${name}.js: it is an ES module, and ${found} says "type": "commonjs". Write "type": "module" there, or put a package.json that holds {"type": "module"} beside ${name}.js, or rename it to ${name}.mjs and ${name}.d.ts to ${name}.d.mts. Pages and bundlers need nothing.`,
  ];
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
