import { Command } from "commander";
import type { ForecastFlags } from "../flags.ts";
import { horizonOption, jsonOption, missingOption } from "../options.ts";

export function forecastCommand(): Command {
  return new Command("forecast")
    .description(
      "Forecasts the steps after the end of the series the model was trained on, or of another one like it. " +
        "Beyond the model's own horizon its forecasts are forecast from again, so errors add up.",
    )
    .argument("<model>", "a file written by gruvy train")
    .argument("[data]", "go on from this series instead")
    .addOption(horizonOption())
    .addOption(jsonOption())
    .addOption(missingOption())
    .addHelpText("after", "\nExample:\n  gruvy forecast sales.gruvy --horizon 12")
    .action(async (model: string, data: string | undefined, flags: ForecastFlags) => {
      const { runForecast } = await import("../run-forecast.ts");
      await runForecast(model, data, flags);
    });
}
