import { GruvyError } from "../base/index.ts";
import { checkTable } from "../data/index.ts";
import { openTable } from "../data/node.ts";
import { inert } from "../report/index.ts";
import { check, type Finding } from "../tasks/index.ts";
import { exitCode } from "./exit.ts";
import type { CheckFlags } from "./flags.ts";
import { open } from "./open.ts";
import { type Session, session } from "./session.ts";
import { print } from "./terminal.ts";
import { findingLines } from "./words.ts";

interface Checked {
  readonly data: { readonly name: string; readonly source?: string; readonly kind?: string; readonly target?: string };
  /** Whether the target is the only numeric column. */
  readonly only?: boolean;
  readonly findings: Finding[];
}

/** `gruvy check`: the findings, the gravest first; ends with 2 when the data cannot be used as they are. */
export async function runCheck(spec: string, flags: CheckFlags): Promise<void> {
  const { data, only, findings } = await checked(spec, flags, session(flags));
  const order = ["error", "warning", "note"];
  findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  if (flags.json) await print(`${JSON.stringify({ data, findings })}\n`);
  else {
    const why = only ? "the only numeric column" : "as asked; the other columns are not used";
    const target = data.target === undefined ? "" : `${inert(`target: ${data.target}, ${why}`)}\n`;
    const nothing = `${data.name}: nothing found that would trouble a model.\n`;
    await print(target + (findings.length === 0 ? nothing : findingLines(findings)));
  }
  if (findings.some(({ severity }) => severity === "error")) process.exitCode = exitCode.usage;
}

async function checked(spec: string, flags: CheckFlags, run: Session): Promise<Checked> {
  try {
    const { data } = await open(spec, { ...flags, orderSaid: true }, run);
    const about = { name: data.name, source: data.source, kind: data.kind };
    if (data.kind !== "series" || data.table === undefined) return { data: about, findings: check(data) };
    const { target, names } = data;
    return { data: { ...about, target }, only: names.length === 1, findings: check(data) };
  } catch (error) {
    if (!(error instanceof GruvyError) || error.kind !== "data") throw error;
    // No series and no texts as it stands; the table may still be readable and say why.
    const table = await openTable(spec, { signal: run.signal });
    const found: Finding = { severity: "error", what: error.message, advice: "" };
    return { data: { name: spec }, findings: [found, ...checkTable(table)] };
  }
}
