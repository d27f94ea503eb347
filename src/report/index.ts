export { explanationHtml, explanationText } from "./explanation.ts";
export { reportHtml, studyHtml } from "./html.ts";
export { inert } from "./inert.ts";
export { repetitions } from "./repetitions.ts";
export { scoreTable } from "./score-table.ts";
export { type ForecastSvgOptions, forecastSvg } from "./svg.ts";
export { comparisonTable, type TerminalOptions } from "./terminal.ts";
