import type { Command } from "commander";

/** A command as the list of commands shows it; all else about it is loaded when it is asked for. */
export interface Listed {
  readonly name: string;
  /** Its arguments, `<required>` or `[optional]`. */
  readonly takes: string;
  readonly summary: string;
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
}

const listed: readonly Listed[] = [
  {
    name: "compare",
    takes: "<data>",
    summary: "which recurrent cell serves your data, and does it beat a plain baseline",
    load: async () => (await import("./compare.ts")).compareCommand(),
  },
  {
    name: "train",
    takes: "<data>",
    summary: "train one cell and keep the model",
    load: async () => (await import("./train.ts")).trainCommand(),
  },
  {
    name: "verify",
    takes: "<folder>",
    summary: "proves here that a killed training goes on to the same bits",
    load: async () => (await import("./verify.ts")).verifyCommand(),
  },
  {
    name: "evaluate",
    takes: "<model> <data>",
    summary: "score a trained model on data",
    load: async () => (await import("./evaluate.ts")).evaluateCommand(),
  },
  {
    name: "predict",
    takes: "<model> <data>",
    summary: "answers of a trained model for new rows",
    load: async () => (await import("./predict.ts")).predictCommand(),
  },
  {
    name: "forecast",
    takes: "<model> [data]",
    summary: "go on past the end of a series",
    load: async () => (await import("./forecast.ts")).forecastCommand(),
  },
  {
    name: "explain",
    takes: "<model> <data>",
    summary: "how a model comes to its answers: steps, gates, memory, as a page",
    load: async () => (await import("./explain.ts")).explainCommand(),
  },
  {
    name: "export",
    takes: "<model>",
    summary: "a model as one small .wasm, with a loader that needs nothing of Gruvy",
    load: async () => (await import("./export.ts")).exportCommand(),
  },
  {
    name: "tune",
    takes: "<data>",
    summary: "search for the best hyperparameters, and prove that they are",
    load: async () => (await import("./tune.ts")).tuneCommand(),
  },
  {
    name: "study",
    takes: "<action> <folder>",
    summary: "show or repair a search that gruvy tune wrote",
    load: async () => (await import("./study.ts")).studyCommand(),
  },
  {
    name: "import",
    takes: "<model>",
    summary: "reads a model of Keras, compares its answers, keeps it as .gruvy",
    load: async () => (await import("./import.ts")).importCommand(),
  },
  {
    name: "check",
    takes: "<data>",
    summary: "what in the data would trouble a model, and what to do about it",
    load: async () => (await import("./check.ts")).checkCommand(),
  },
  {
    name: "data",
    takes: "",
    summary: "lists the built-in data sets",
    load: async () => (await import("./data.ts")).dataCommand(),
  },
  {
    name: "doctor",
    takes: "",
    summary: "what this machine offers, what is used, and whether every kernel is right",
    load: async () => (await import("./doctor.ts")).doctorCommand(),
  },
  {
    name: "tour",
    takes: "",
    summary: "what npm start shows",
    hidden: true,
    load: async () => (await import("./tour.ts")).tourCommand(),
  },
];

export const commands: readonly Listed[] = listed.map((one) => ({
  ...one,
  load: async () => (await import("../once.ts")).eachOnce(await one.load()),
}));
