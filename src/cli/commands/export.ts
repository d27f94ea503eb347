import { Command } from "commander";
import type { ExportFlags } from "../flags.ts";
import { jsonOption } from "../options.ts";

export function exportCommand(): Command {
  return new Command("export")
    .description(
      "Writes a model as WebAssembly with its weights, words, scalers and labels inside, and beside it a loader and " +
        "its types. They run in Node, pages and workers, and need nothing else.",
    )
    .argument("<model>", "a file written by gruvy train or saveModel")
    .option("--out <file>", "the .wasm to write; default: the model's name")
    .option("--relaxed-simd", "fused multiply-adds: a little faster, for engines that have them")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  gruvy export reviews.gruvy --out reviews.wasm")
    .action(async (model: string, flags: ExportFlags) => {
      const { runExport } = await import("../run-export.ts");
      await runExport(model, flags);
    });
}
