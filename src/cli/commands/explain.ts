import { Command } from "commander";
import type { ExplainFlags } from "../flags.ts";
import { addDataOptions, jsonOption, rowsOption } from "../options.ts";

export function explainCommand(): Command {
  const command = new Command("explain")
    .description(
      "How a model comes to its answers, as a page: for some rows what each step contributes and what the gates do; " +
        "for the model how far back its memory reaches, measured, and how long its units hold on.",
    )
    .argument("<model>", "a file written by gruvy train")
    .argument("<data>", "data like those it was trained on");
  addDataOptions(command);
  return command
    .addOption(rowsOption())
    .option("--out <file>", "the page to write", "explanation.html")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  gruvy explain reviews.gruvy reviews.csv\n  gruvy explain sales.gruvy sales.csv --rows 140,+1",
    )
    .action(async (model: string, data: string, flags: ExplainFlags) => {
      const { runExplain } = await import("../run-explain.ts");
      await runExplain(model, data, flags);
    });
}
