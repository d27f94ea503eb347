import { basename } from "node:path";
import { inert } from "../report/index.ts";
import { streamHindrance, writeExported } from "../run/node.ts";
import { readFileLimited } from "../storage/node.ts";
import { wasmOfFile } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { UsageError } from "./exit.ts";
import type { ExportFlags } from "./flags.ts";
import { checkFile } from "./place.ts";
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
  if (json) {
    await print(`${JSON.stringify({ model: path, relaxedSimd, files })}\n`);
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
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
