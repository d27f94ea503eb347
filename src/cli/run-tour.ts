import { join } from "node:path";
import { compareAndReport, resultText } from "./run-compare.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";

const stops = [
  {
    name: "airline-passengers",
    before:
      "1. airline-passengers: 144 months of passengers. Can a recurrent network forecast the next month better than\n" +
      "   plain rules do? All models see the same years and are tested on the last 27 months, once.",
    after:
      "   How to read it: a model is worth its trouble when its test error lies below the baselines, and the interval\n" +
      "   behind the difference does not reach over zero. The report shows the forecasts against the truth.",
  },
  {
    name: "reber",
    before:
      "2. reber: strings of a small grammar. The second symbol says how a string ends, ten or more symbols later: a\n" +
      "   puzzle that shows what gates are for. Right by chance is one half.",
    after:
      "   How to read it: over so few symbols even the simple RNN may carry the second one to the end. Now try\n" +
      "   gruvy compare reber --length 30: the gated cells still do, the simple RNN can only guess.",
  },
];

/** What `npm start` shows: two comparisons, and what they mean. */
export async function runTour(): Promise<void> {
  const run = session({});
  for (const { name, before, after } of stops) {
    await print(`\n${before}\n   > gruvy compare ${name}\n\n`);
    const out = join("gruvy-report", name);
    const result = await compareAndReport(name, { out }, run, `gruvy compare ${name}`);
    run.clear();
    await print(`${resultText(result)}\n${after}\n`);
    run.stopIfInterrupted(`What was finished is in ${result.report}.`);
  }
  await print("\nNow with your own data: gruvy compare <file.csv>     All commands: gruvy --help\n");
}
