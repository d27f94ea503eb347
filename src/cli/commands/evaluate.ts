import { Command } from "commander";
import type { EvaluateFlags } from "../flags.ts";
import { addDataOptions, jsonOption } from "../options.ts";

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("Scores a model on data with known answers, beside plain baselines.")
    .argument("<model>", "a file written by gruvy train")
    .argument("<data>", "data like those the model was trained on");
  return addDataOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  gruvy evaluate reviews.gruvy new-reviews.csv")
    .action(async (model: string, data: string, flags: EvaluateFlags) => {
      const { runEvaluate } = await import("../run-evaluate.ts");
      await runEvaluate(model, data, flags);
    });
}
