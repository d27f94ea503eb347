export { commonMistakes, confusionChart, MOST_CLASSES } from "./confusion.ts";
export { type CurveLine, curvesChart } from "./curves.ts";
export { type DifferenceRow, differencesChart } from "./differences.ts";
export {
  axisOf,
  describeForecast,
  type ForecastInput,
  overviewChart,
  panelChart,
  residualChart,
  zoomChart,
} from "./forecast.ts";
export type { Place } from "./frame.ts";
export { type HistoryPoint, historyChart } from "./history.ts";
export { importanceChart } from "./importance.ts";
export { type LearningInput, learningAxis, learningChart } from "./learning.ts";
export { type RungPoint, rungsChart } from "./rungs.ts";
export { median, seedsChart } from "./seeds.ts";
export { type SlicePoint, sliceAxis, sliceChart } from "./slice.ts";
export { contributionsChart, curveChart, gatesChart, halfLifeChart, memoryChart, toldSteps } from "./steps.ts";
export { type Axis, extent, linearAxis, positiveAxis, within } from "./ticks.ts";
export { varyChart } from "./vary.ts";
