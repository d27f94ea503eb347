// The colors of reports and charts. Those of models are told apart by readers with any color vision (blue-green, orange,
// violet, gray) and read as text on their paper at a contrast of at least 4.5 in both schemes; a test holds them to it.

export interface Palette {
  readonly paper: string;
  readonly panel: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly shade: string;
  readonly gru: string;
  readonly lstm: string;
  readonly rnn: string;
  readonly baseline: string;
  /** The fullest cell of a confusion matrix, on which the ink is read. */
  readonly gruFill: string;
  readonly lstmFill: string;
  readonly rnnFill: string;
  readonly baselineFill: string;
  readonly good: string;
  readonly warning: string;
  readonly error: string;
}

export const light: Palette = {
  paper: "#fffefb",
  panel: "#f6f4ee",
  ink: "#1b1f24",
  soft: "#5a6069",
  line: "#e2ded4",
  shade: "#f1ede2",
  gru: "#08707f",
  lstm: "#b04e12",
  rnn: "#7446ab",
  baseline: "#656b75",
  gruFill: "#6aabb3",
  lstmFill: "#d59a72",
  rnnFill: "#ad90cf",
  baselineFill: "#a2a6ac",
  good: "#23733a",
  warning: "#8a5a00",
  error: "#b3261e",
};

export const dark: Palette = {
  paper: "#15181c",
  panel: "#1d2127",
  ink: "#e9e7e2",
  soft: "#a6acb6",
  line: "#333941",
  shade: "#22272e",
  gru: "#55c7d6",
  lstm: "#f29a63",
  rnn: "#bda2f2",
  baseline: "#9ba2ad",
  gruFill: "#23606a",
  lstmFill: "#7d4a2a",
  rnnFill: "#5d4a85",
  baselineFill: "#565c66",
  good: "#74c48a",
  warning: "#e2b453",
  error: "#ff968c",
};

/** The palette as CSS custom properties: `--paper: #fffefb; ...`. */
export function cssVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name.replace("Fill", "-fill")}: ${color};`)
    .join(" ");
}
