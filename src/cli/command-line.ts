// What `gruvy` does with what was typed: `gruvy --help` must answer at once, so everything heavy is imported by the actions.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { commands } from "./commands/index.ts";
import { codeFor, errorObject, exitCode, messageFor } from "./exit.ts";
import { beginAnswer, flush, hasAnswered, outputFailure, print } from "./terminal.ts";

const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** `gruvy train ...` and `gruvy help train`: only what is asked for is loaded. */
function asked(): string | undefined {
  const [first, second] = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
  return first === "help" ? second : first;
}

const isKnown = (name: string | undefined): boolean =>
  name === undefined || name === "help" || commands.some((listed) => listed.name === name);

async function programFor(wanted: string | undefined): Promise<Command> {
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
  for (const { name, takes, summary, hidden, load } of commands) {
    const command = name === wanted ? await load() : new Command(name);
    if (name !== wanted && takes !== "") command.arguments(takes);
    program.addCommand(command.summary(summary), { hidden });
  }
  for (const command of [program, ...program.commands]) {
    // Its own words go out once, in `told`; and it never ends the process itself.
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  return program;
}

/** Does what was typed; rejects with what stood in the way. */
export async function obey(): Promise<void> {
  beginAnswer();
  const wanted = asked();
  const program = await programFor(wanted);
  if (process.argv.length <= 2) {
    process.stderr.write(program.helpInformation());
    process.exitCode = exitCode.usage;
    return;
  }
  // `gruvy nope --help` and `gruvy help nope` would show the main help: the name alone is refused, with a suggestion.
  const plain = isKnown(wanted) || process.argv[2].startsWith("-");
  await program.parseAsync(plain ? process.argv : [...process.argv.slice(0, 2), wanted as string]);
}

/** Says what was thrown, if anything was, and gives the code to end with. */
export async function told(thrown?: unknown): Promise<number> {
  await flush();
  const failed = outputFailure();
  // What was thrown may be the failure of the output itself, or no failure, as that of `--help`.
  const other = thrown !== undefined && thrown !== failed && codeFor(thrown) !== exitCode.done;
  const error =
    failed === undefined || other
      ? thrown
      : (await import("../storage/node.ts")).fileError(failed, "write", "standard output");
  if (error === undefined) return Number(process.exitCode ?? exitCode.done);
  const code = codeFor(error);
  if (code !== exitCode.done) {
    const { inert } = await import("../report/index.ts");
    const command = isKnown(asked()) ? asked() : undefined;
    if (process.argv.includes("--json") && !hasAnswered() && failed === undefined) {
      await print(`${JSON.stringify(errorObject(error, command))}\n`).catch(() => {});
    }
    process.stderr.write(`${inert(messageFor(error, command))}\n`);
    const stack = process.env.GRUVY_DEBUG === "1" && error instanceof Error ? (error.stack ?? "") : "";
    for (const line of stack.split("\n")) if (line !== "") process.stderr.write(`${inert(line)}\n`);
  }
  return code;
}
