import { join } from "node:path";
import type { ComparisonResult } from "../tasks/index.ts";
import { compareAndReport, resultText } from "./run-compare.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

interface Stop {
  readonly data: string;
  readonly length?: number;
  readonly before: string;
  readonly after: string;
}

const stops: readonly Stop[] = [
  {
    data: "airline-passengers",
    before:
      "1. airline-passengers: 144 months of passengers. Can a recurrent network forecast the next month better than\n" +
      "   plain rules do? All models see the same years and are tested on the last 27 months, once.",
    after:
      "   How to read it: the cell and the baseline that did best on the validation part meet on the test part, once.\n" +
      "   The cell was worth its trouble when the whole interval of the difference lies below zero. The report shows\n" +
      "   the forecasts against the truth.",
  },
  {
    data: "reber",
    length: 30,
    before:
      "2. reber: strings of a small grammar. The second symbol says how a string ends, 30 or more symbols later: a\n" +
      "   puzzle that shows what gates are for. Right by chance is one half.",
    after:
      "   How to read it: the gated cells carry the second symbol to the end, the simple RNN can only guess. Over 10\n" +
      "   symbols it may manage: npx gruvy compare reber --length 10",
  },
];

/** What `npm start` shows: two comparisons, and what they mean. */
export async function runTour({ json }: { readonly json?: boolean }): Promise<void> {
  const run = session({ json });
  const say = (text: string): Promise<void> => (json ? Promise.resolve() : print(text));
  const comparisons: ComparisonResult[] = [];
  for (const { data, length, before, after } of stops) {
    const typed = typedCommand(["compare", data, ...(length === undefined ? [] : ["--length", String(length)])]);
    await say(`\n${before}\n   > ${typed}\n\n`);
    const out = join("gruvy-report", data);
    const result = await compareAndReport(data, { out, length }, run, typed);
    run.clear();
    comparisons.push(result);
    await say(`${resultText(result)}\n${after}\n`);
    run.stopIfInterrupted(`What was finished is in ${result.report}.`);
  }
  if (json) await print(`${JSON.stringify({ comparisons })}\n`);
  await say("\nNow with your own data: npx gruvy compare <file.csv>     All commands: npx gruvy --help\n");
}
