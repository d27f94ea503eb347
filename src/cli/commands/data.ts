import { Command } from "commander";
import { jsonOption } from "../options.ts";

export function dataCommand(): Command {
  return new Command("data")
    .description("Lists the built-in data sets with their sizes and sources. Use a name in place of a file.")
    .addOption(jsonOption())
    .action(async (flags: { json?: boolean }) => {
      const { runData } = await import("../run-data.ts");
      await runData(flags);
    });
}
