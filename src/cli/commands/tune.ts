import { Command, Option } from "commander";
import type { TuneFlags } from "../flags.ts";
import { addDataOptions, addPreparationOptions, cellsOption, jsonOption, oneOf, whole } from "../options.ts";
import { rangeOf, seconds } from "../ranges.ts";

const searches = ["hyperband", "random", "grid", "bayesian", "tpe", "asha"] as const;

export function tuneCommand(): Command {
  const command = new Command("tune")
    .description(
      "Searches for the hyperparameters that do best on the validation part, trains the best anew from fresh seeds " +
        "beside the default, and scores the winner once on the test part. Killed at any time, the same command goes on.",
    )
    .argument("<data>", "a file, a folder of class folders, an https address, or a built-in name (see gruvy data)");
  addDataOptions(command);
  const range = (flags: string, what: string, limits: Parameters<typeof rangeOf>[1]): void => {
    command.addOption(new Option(flags, what).argParser(rangeOf(flags.split(" ")[0], limits)));
  };
  command.addOption(cellsOption("cells to choose from (default: gru)"));
  range("--units <range>", "units of each recurrent layer: 64, 32,64,128 or 32:512:32", {
    least: 1,
    below: 65_537,
    whole: true,
  });
  range("--layers <range>", "recurrent layers, one above the other", { least: 1, below: 65, whole: true });
  range("--dropout <range>", "share of a layer's inputs left out in training: 0:0.5", { least: 0, below: 1 });
  range("--learning-rate <range>", "1e-2,1e-3,1e-4 or 1e-4:1e-1:log", { least: 1e-12 });
  range("--batch-size <range>", "rows of each training step", { least: 1, below: 1e6, whole: true });
  command.addOption(
    new Option("--window <range>", "series: values a forecast sees: 12, 6,12,24 or 6:24:6 (default: auto)").argParser(
      (text) => (text === "auto" ? "auto" : rangeOf("--window", { least: 1, below: 1_000_001, whole: true })(text)),
    ),
  );
  addPreparationOptions(command, { window: false });
  return command
    .addOption(
      new Option("--search <name>", searches.join(", ")).default("hyperband").argParser(oneOf("--search", searches)),
    )
    .addOption(
      new Option(
        "--max-epochs <n>",
        "epochs of the longest trials and of the final trainings (default: as train would; 10 in trials of hyperband and asha)",
      ).argParser(whole("--max-epochs", 1, 100_000)),
    )
    .addOption(
      new Option("--factor <n>", "hyperband, asha: one in n goes on (default: 3)").argParser(whole("--factor", 2, 100)),
    )
    .addOption(
      new Option(
        "--trials <n>",
        "at most n trials; of asha n configurations, whose promotions are trials on top (default: 30 where the search has no plan of its own)",
      ).argParser(whole("--trials")),
    )
    .addOption(new Option("--epoch-budget <n>", "at most n epochs over all trials").argParser(whole("--epoch-budget")))
    .addOption(
      new Option(
        "--time <duration>",
        "search and train the best anew for about 90s, 20m, 2h, at most half of it for the latter",
      ).argParser(seconds),
    )
    .addOption(
      new Option("--retries <n>", "try a failed trial again n times (default: 0)").argParser(
        whole("--retries", 0, 100),
      ),
    )
    .addOption(
      new Option("--workers <n>", "train n trials at once, each on its share of the cores (default: 1)").argParser(
        whole("--workers", 1, 256),
      ),
    )
    .addOption(
      new Option("--finalists <n>", "how many of the best are trained anew (default: 3)").argParser(
        whole("--finalists", 1, 100),
      ),
    )
    .addOption(
      new Option("--final-seeds <n>", "from how many fresh seeds (default: 3)").argParser(
        whole("--final-seeds", 1, 100),
      ),
    )
    .option("--dry-run", "show the plan and the time it would take, and stop")
    .option("--out <folder>", "the folder of the study", "gruvy-study")
    .addOption(jsonOption())
    .addHelpText("after", examples)
    .action(async (data: string, flags: TuneFlags) => {
      const { runTune } = await import("../run-tune.ts");
      await runTune(data, flags);
    });
}

const examples = `
Examples:
  gruvy tune sales.csv --target amount --units 8:128:log --learning-rate 1e-4:1e-1:log --search bayesian --trials 20
  gruvy tune reviews.csv.gz --text review --label label --units 32:512:32 --dropout 0:0.5 --time 20m --out my_dir/gru`;
