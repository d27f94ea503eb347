import { Command } from "commander";
import type { PredictFlags } from "../flags.ts";
import { missingOption } from "../options.ts";

export function predictCommand(): Command {
  return new Command("predict")
    .description(
      "Reads rows and writes an answer for each: JSON lines for JSON lines, CSV with added columns for CSV. " +
        'A line holds the training columns by name, or {"series": [...]}; the answer is {"label", "probabilities"} ' +
        'or {"forecast": [...]}. From a pipe, each line is answered as it comes.',
    )
    .argument("<model>", "a file written by gruvy train")
    .argument(
      "<data>",
      "a CSV or JSON lines file (also .gz), a folder of class folders, an https address, or - for standard input",
    )
    .option("--out <file>", "write here instead of to standard output")
    .addOption(missingOption())
    .addHelpText("after", examples)
    .action(async (model: string, data: string, flags: PredictFlags) => {
      const { runPredict } = await import("../run-predict.ts");
      await runPredict(model, data, flags);
    });
}

const examples = `
Examples:
  gruvy predict reviews.gruvy new.csv > answers.csv
  echo '{"review": "A quiet, moving film."}' | gruvy predict reviews.gruvy -
  echo '{"series": [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115]}' | gruvy predict sales.gruvy -`;
