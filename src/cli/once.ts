import type { Command } from "commander";
import { UsageError } from "./exit.ts";

/** Refuses an option that is given twice, where commander would take the last: which is meant only its user knows. */
export function eachOnce(command: Command): Command {
  for (const option of command.options) {
    if (option.isBoolean()) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (first !== undefined)
        throw new UsageError(`Expected ${option.long} once, found it twice: ${first} and ${value}`);
      first = value;
    });
  }
  command.commands.forEach(eachOnce);
  return command;
}
