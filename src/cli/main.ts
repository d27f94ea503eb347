// The entry of the command line: `gruvy --help` must answer at once, so everything heavy is imported by the actions.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { commands } from "./commands/index.ts";
import { codeFor, errorObject, exitCode, messageFor } from "./exit.ts";
import { endQuietlyOnClosedPipe, hasAnswered, outputFailure, print } from "./terminal.ts";

const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

const program = new Command("gruvy")
  .description(
    "Recurrent networks for sequences: compares cells with honest baselines, trains, forecasts and classifies.",
  )
  .version(manifest.version, "-v, --version")
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: false })
  .addHelpText(
    "after",
    "\nFirst minute:\n  npx gruvy compare airline-passengers\n\nExit codes: 0 done, 1 failed while working, 2 usage or input, 130 interrupted.",
  );

// `gruvy train ...` and `gruvy help train`: only what is asked for is loaded.
const [first, second] = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const asked = first === "help" ? second : first;
for (const { name, takes, summary, hidden, load } of commands) {
  const command = name === asked ? await load() : new Command(name);
  if (name !== asked && takes !== "") command.arguments(takes);
  program.addCommand(command.summary(summary), { hidden });
}
for (const command of [program, ...program.commands]) {
  // Its own words go out once, in `end`; and it never ends the process itself.
  command.exitOverride().configureOutput({ writeErr: () => {} });
}

async function end(thrown?: unknown): Promise<void> {
  await flush();
  const failed = outputFailure();
  // What was thrown may be the failure of the output itself, or no failure, as that of `--help`.
  const other = thrown !== undefined && thrown !== failed && codeFor(thrown) !== exitCode.done;
  const error =
    failed === undefined || other
      ? thrown
      : (await import("../storage/node.ts")).fileError(failed, "write", "standard output");
  if (error !== undefined && codeFor(error) !== exitCode.done) {
    const { inert } = await import("../report/index.ts");
    const command = known ? asked : undefined;
    if (process.argv.includes("--json") && !hasAnswered() && failed === undefined) {
      await print(`${JSON.stringify(errorObject(error, command))}\n`).catch(() => {});
    }
    process.stderr.write(`${inert(messageFor(error, command))}\n`);
    const stack = process.env.GRUVY_DEBUG === "1" && error instanceof Error ? (error.stack ?? "") : "";
    for (const line of stack.split("\n")) if (line !== "") process.stderr.write(`${inert(line)}\n`);
  }
  await leave(error === undefined ? Number(process.exitCode ?? exitCode.done) : codeFor(error));
}

/** Whatever still runs (threads, a paused pipe) must not keep the process; what was written must get out. */
async function leave(code: number): Promise<void> {
  await flush();
  process.exit(code);
}

async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}

/** `gruvy nope --help` and `gruvy help nope` would show the main help: the name alone is refused, with a suggestion. */
const known = asked === undefined || asked === "help" || commands.some(({ name }) => name === asked);
const typed = known || process.argv[2].startsWith("-") ? process.argv : [...process.argv.slice(0, 2), asked];

endQuietlyOnClosedPipe();
process.once("uncaughtException", end);
if (process.argv.length <= 2) {
  process.stderr.write(program.helpInformation());
  await leave(exitCode.usage);
} else {
  await program.parseAsync(typed).then(() => end(), end);
}
