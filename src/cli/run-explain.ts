import { explanationHtml, explanationText } from "../report/index.ts";
import { writeDurably } from "../storage/node.ts";
import { explain } from "../tasks/index.ts";
import { SaveFailed } from "./exit.ts";
import type { ExplainFlags } from "./flags.ts";
import { open, warnOfStep } from "./open.ts";
import { openModel } from "./open-model.ts";
import { checkFile } from "./place.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy explain`: a page, and a summary or the object. */
export async function runExplain(path: string, spec: string, flags: ExplainFlags): Promise<void> {
  const { rows, out, json, ...data } = flags;
  const run = session(flags);
  await checkFile(out, [path, spec]);
  const fitted = await openModel(path, run.line);
  const opened = await open(spec, data, run, fitted);
  warnOfStep(fitted, opened.data, run.line);
  const explanation = await explain(fitted, opened.data, {
    rows,
    name: path,
    command: typedCommand(),
    say: (what) => run.line(`  ${what}`),
    signal: run.signal,
  });
  try {
    await writeDurably(out, new TextEncoder().encode(await explanationHtml(explanation)));
  } catch (error) {
    throw new SaveFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
  run.clear();
  await print(
    json ? `${JSON.stringify({ ...explanation, page: out })}\n` : `${explanationText(explanation)}\nPage: ${out}\n`,
  );
}
