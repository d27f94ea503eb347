import { Command } from "commander";
import type { ImportFlags } from "../flags.ts";
import { between, jsonOption } from "../options.ts";

export function importCommand(): Command {
  return new Command("import")
    .description(
      "Reads a model of Keras 2 or 3 (.keras, .h5). With --check, compares its answers with stored ones and says the " +
        "largest difference; ends with 1 when one is beyond the tolerance. Nothing in the file is run.",
    )
    .argument("<model>", "a .keras file, or the .h5 of a whole model")
    .option("--check <file>", "an .npz with inputs x and Keras's answers y: numpy.savez(file, x=x, y=model.predict(x))")
    .option(
      "--tolerance <share>",
      "how far an answer may be off: this much, and ten times this share of it (default 1e-5)",
      between("--tolerance", 0, 1),
    )
    .option("--out <file>", "keep the model here, as .gruvy; not written when it does not agree")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  gruvy import model.keras --check samples.npz --out model.gruvy")
    .action(async (model: string, flags: ImportFlags) => {
      const { runImport } = await import("../run-import.ts");
      await runImport(model, flags);
    });
}
