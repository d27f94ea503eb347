import { Command } from "commander";
import { UsageError } from "../exit.ts";
import { jsonOption } from "../options.ts";
import type { StudyShowFlags } from "../run-study.ts";

export function studyCommand(): Command {
  const command = new Command("study").description("Shows or repairs a search that gruvy tune or the library wrote.");
  command
    .command("show")
    .description("The trials of a study, the best first; also while it runs.")
    .addHelpText("after", "\nExample:\n  gruvy study show searches/sales --html trials.html")
    .argument("<folder>", "the folder that was --out, or directory/projectName")
    .addOption(jsonOption())
    .option("--csv", "all trials as CSV, in the order in which they were begun")
    .option("--html <file>", "the report, as one page")
    .action(async (folder: string, flags: StudyShowFlags) => {
      const { runStudyShow } = await import("../run-study.ts");
      await runStudyShow(folder, flags);
    });
  command
    .command("repair")
    .description("Keeps the whole records of a damaged study; the file as it was stays beside it.")
    .argument("<folder>", "the folder that was --out, or directory/projectName")
    .addOption(jsonOption())
    .action(async (folder: string, flags: { readonly json?: boolean }) => {
      const { runStudyRepair } = await import("../run-study.ts");
      await runStudyRepair(folder, flags);
    });
  command.allowExcessArguments().action(() => {
    const found = command.args.length > 0 ? `, found gruvy study ${command.args.join(" ")}` : "";
    throw new UsageError(`Expected gruvy study show <folder> or gruvy study repair <folder>${found}`);
  });
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} });
  return command;
}
