import { Command } from "commander";
import type { CompareFlags } from "../flags.ts";
import {
  addDataOptions,
  addModelOptions,
  cellsOption,
  jsonOption,
  seedsOption,
  varyOption,
  verboseOption,
} from "../options.ts";

export function compareCommand(): Command {
  const command = new Command("compare")
    .description(
      "Trains the simple RNN, the LSTM and the GRU on one split of the data, beside the baselines they must beat, " +
        "and says how good they are: a table, one sentence of verdict, and a report.html to keep.",
    )
    .argument("<data>", "a file, a folder of class folders, an https address, or a built-in name (see gruvy data)");
  addDataOptions(command);
  command.addOption(cellsOption());
  addModelOptions(command);
  return command
    .addOption(seedsOption())
    .addOption(varyOption())
    .option("--out <folder>", "where the report goes", "gruvy-report")
    .addOption(jsonOption())
    .addOption(verboseOption())
    .addHelpText("after", examples)
    .action(async (data: string, flags: CompareFlags) => {
      const { runCompare } = await import("../run-compare.ts");
      await runCompare(data, flags);
    });
}

const examples = `
Examples:
  gruvy compare airline-passengers
  gruvy compare sales.csv --target amount --seeds 3
  gruvy compare reviews.csv.gz --text review --label label --cell lstm,gru
  gruvy compare reber --vary length`;
