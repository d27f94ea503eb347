import { Command } from "commander";

/** What `npm start` runs. */
export function tourCommand(): Command {
  return new Command("tour")
    .description("Runs compare on two built-in data sets and explains what is shown.")
    .action(async () => {
      const { runTour } = await import("../run-tour.ts");
      await runTour();
    });
}
