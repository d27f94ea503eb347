export { commonMistakes, confusionChart, MOST_CLASSES } from "./confusion.ts";
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
export { type LearningInput, learningAxis, learningChart } from "./learning.ts";
export { median, seedsChart } from "./seeds.ts";
export { varyChart } from "./vary.ts";
