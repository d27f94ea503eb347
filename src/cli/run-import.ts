import { checkParity, loadKeras, type Parity, type ParityPlace, readSamples } from "../interchange/index.ts";
import { inert } from "../report/index.ts";
import { readFileLimited, writeDurably } from "../storage/node.ts";
import { encodeModel, refuseKerasName } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { exitCode } from "./exit.ts";
import type { ImportFlags } from "./flags.ts";
import { checkFile } from "./place.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy import`: a model of Keras, held against what Keras answered, and kept in our own form. */
export async function runImport(path: string, flags: ImportFlags): Promise<void> {
  const { check, out, json, tolerance = 1e-5 } = flags;
  const run = session({ json });
  startEngine();
  if (out !== undefined) {
    await checkFile(out, [path, ...(check === undefined ? [] : [check])]);
    refuseKerasName(out, "--out", "usage/out");
  }
  const warnings: string[] = [];
  const onWarning = (text: string) => {
    warnings.push(text);
    run.line(text);
  };
  const model = await loadKeras(await readFileLimited(path), { source: path, onWarning });
  const samples = check === undefined ? undefined : await readSamples(await readFileLimited(check), { source: check });
  const parity = samples && (await checkParity(model, samples, { absolute: tolerance, relative: 10 * tolerance }));
  const agrees = parity?.agrees ?? true;
  const written = out !== undefined && agrees ? out : undefined;
  if (written !== undefined) await writeDurably(written, await encodeModel(model));
  run.clear();
  if (!agrees) process.exitCode = exitCode.failed;
  if (json) {
    await print(`${JSON.stringify({ model: path, params: model.countParams(), warnings, parity, out: written })}\n`);
    return;
  }
  const lines = [model.summary(), ...(parity ? ["", parityText(parity)] : [])];
  if (written !== undefined) lines.push("", inert(`Written: ${written}`));
  else if (out !== undefined) lines.push("", inert(`Not written: ${out}`));
  await print(`${lines.join("\n")}\n`);
}

function parityText({ absolute, relative, largest, worst, compared, beyond, agrees }: Parity): string {
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const where = ({ output, index, found, expected }: ParityPlace) => {
    const digits = digitsApart(found, expected);
    const numbers = `${found.toPrecision(digits)} for ${expected.toPrecision(digits)}`;
    return `${output === undefined ? "" : `of the output ${inert(output)} `}at [${index.join(", ")}], ${numbers}`;
  };
  if (agrees) {
    const at = absolute === 0 ? "" : ` (${where(largest)})`;
    return `The answers agree: ${compared} numbers, off by at most ${short(absolute)}${at}.`;
  }
  const at = where(largest) === where(worst) ? "" : ` (${where(largest)})`;
  // Of a number that should be 0 no share can be said.
  const share = Number.isFinite(relative) ? `, or a share of up to ${short(relative)}` : "";
  return (
    `The answers do not agree: ${beyond} of ${compared} numbers are beyond the tolerance, ` +
    `the furthest ${where(worst)}; off by up to ${short(absolute)}${at}${share}.`
  );
}

/** So many that two numbers are seen to differ, and by how much. */
function digitsApart(a: number, b: number): number {
  let digits = 3;
  while (digits < 17 && a.toPrecision(digits) === b.toPrecision(digits)) digits++;
  return Math.min(17, digits + 1);
}
