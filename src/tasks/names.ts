import type { Cell } from "./settings.ts";

/** The cells as sentences and tables call them. */
export const cellNames: Readonly<Record<Cell, string>> = { rnn: "Simple RNN", lstm: "LSTM", gru: "GRU" };
