import { Command, Option } from "commander";
import { jsonOption, killsOption, threadsOption } from "../options.ts";
import type { VerifyFlags } from "../run-verify.ts";

export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Proves on this machine that a killed training goes on to the same bits: a short training from the newest checkpoint of " +
        "the folder, on rows made up for its model, is run once as it is, and once killed with SIGKILL and resumed. The folder itself is not changed.",
    )
    .argument("<folder>", "a folder of checkpoints, that of gruvy train --checkpoint or of checkpoint({ directory })")
    .addOption(killsOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addOption(new Option("--child <folder>").hideHelp())
    .addHelpText("after", "\nEnds with 1 where the bits differ.\n\nExample:\n  gruvy verify runs/sales --kills 5")
    .action(async (folder: string, flags: VerifyFlags) => {
      const { runVerify } = await import("../run-verify.ts");
      await runVerify(folder, flags);
    });
}
