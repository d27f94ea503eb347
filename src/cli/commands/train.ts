import { Command } from "commander";
import type { TrainFlags } from "../flags.ts";
import { addDataOptions, addModelOptions, cellOption, jsonOption, verboseOption } from "../options.ts";

export function trainCommand(): Command {
  const command = new Command("train")
    .description(
      "Trains one cell as compare does and writes it, with its words, scalers and labels, into one file: " +
        "predict, forecast and evaluate need nothing else.",
    )
    .argument("<data>", "a file, a folder of class folders, an https address, or a built-in name (see gruvy data)");
  addDataOptions(command);
  command.addOption(cellOption());
  addModelOptions(command);
  return command
    .option("--out <file>", "the model file to write", "model.gruvy")
    .option("--checkpoint <folder>", "keep the state of the training there, every ten seconds and when interrupted")
    .option("--resume", "go on with the training of --checkpoint; it ends as if it had never stopped, to the last bit")
    .addOption(jsonOption())
    .addOption(verboseOption())
    .addHelpText("after", examples)
    .action(async (data: string, flags: TrainFlags) => {
      const { runTrain } = await import("../run-train.ts");
      await runTrain(data, flags);
    });
}

const examples = `
Examples:
  gruvy train sales.csv --target amount --out sales.gruvy
  gruvy train reviews.csv.gz --text review --label label --cell gru --out reviews.gruvy
  gruvy train sales.csv --target amount --checkpoint runs/sales             then, if it was killed:
  gruvy train sales.csv --target amount --checkpoint runs/sales --resume`;
