import { Command } from "commander";
import { jsonOption } from "../options.ts";

/** What `npm start` runs. */
export function tourCommand(): Command {
  return new Command("tour")
    .description("Runs compare on two built-in data sets and explains what is shown.")
    .addOption(jsonOption())
    .action(async (flags: { readonly json?: boolean }) => {
      const { runTour } = await import("../run-tour.ts");
      await runTour(flags);
    });
}
