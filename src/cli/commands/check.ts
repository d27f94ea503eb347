import { Command } from "commander";
import type { CheckFlags } from "../flags.ts";
import { addDataOptions, jsonOption } from "../options.ts";

export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "Looks for gaps, duplicates, missing values, constants, unknown words, likely leaks and too little data. " +
        "Ends with 2 when the data cannot be used as they are.",
    )
    .argument("<data>", "a file, a folder of class folders, an https address, or a built-in name (see gruvy data)");
  return addDataOptions(command)
    .option("--test <file>", "texts: a file for the test; rows that are in both are found")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  gruvy check sales.csv --target amount")
    .action(async (data: string, flags: CheckFlags) => {
      const { runCheck } = await import("../run-check.ts");
      await runCheck(data, flags);
    });
}
