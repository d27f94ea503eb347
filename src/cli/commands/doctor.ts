import { Command } from "commander";
import type { DoctorFlags } from "../flags.ts";
import { jsonOption, threadsOption } from "../options.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Tells what this machine and this Node offer, what of it is used and why, how fast it is, whether every kernel " +
        "computes what it should, and what would make training faster. Ends with 1 when a kernel is wrong.",
    )
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nTakes a few seconds. Speeds are lower while something else is running.")
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import("../run-doctor.ts");
      await runDoctor(flags);
    });
}
