import { GruvyError, shown, wholeNumber } from "../base/index.ts";
import { shorten } from "./inert.ts";
import { cssVariables, dark, light } from "./palette.ts";

export interface ForecastSvgOptions {
  /** The series, in the data's units. */
  readonly values: readonly number[];
  /** One a value; ISO dates such as 1949-01 or 1949-01-31 give an axis in time. */
  readonly dates?: readonly string[];
  /** The index of the value that the first forecast is for. */
  readonly firstForecast: number;
  /** Forecasts by the name of their model, in the order of their importance: the first is drawn in color, the others in gray. */
  readonly forecasts: Readonly<Record<string, readonly number[]>>;
  /** What the vertical axis measures. */
  readonly unit?: string;
  /** For those who do not see the picture. */
  readonly title?: string;
  /** The whole series (default), or the part with forecasts alone. */
  readonly part?: "whole" | "forecasts";
  /** Pixels; 760 by default. */
  readonly width?: number;
}

/**
 * A series with the forecasts for its last part, as an SVG file that stands alone and follows the reader's light or dark
 * scheme. The chart library is loaded on the first call.
 *
 * @throws {GruvyError} `usage/option` when the forecasts do not fit the series or a number is out of range.
 * @example
 * const svg = await forecastSvg({ values: [1, 2, 3, 4], firstForecast: 2, forecasts: { GRU: [2.8, 4.1] } });
 * svg.startsWith("<svg"); // true
 */
export async function forecastSvg(options: ForecastSvgOptions): Promise<string> {
  const { overviewChart, zoomChart, describeForecast } = await import("./charts/index.ts");
  const { values, dates, firstForecast, unit = "", part = "whole", width = 760 } = options;
  const lines = checked(options).map(([label, forecast], i) => ({
    label: shorten(label, 20),
    color: i === 0 ? "var(--gru)" : "var(--baseline)",
    dash: DASHES[Math.min(i, DASHES.length - 1)],
    values: forecast,
  }));
  const input = { values, dates, firstTest: firstForecast, lines, unit };
  const label = { title: options.title ?? "Forecast and observed values", description: describeForecast(input) };
  const place = { id: "forecast", width: width - 2 * PADDING };
  const chart = part === "whole" ? overviewChart(input, place, label) : zoomChart(input, values.length, place, label);
  return chart.replace(/^<svg[^>]*>/, (open) => {
    const [wide, high] = /viewBox="0 0 (\d+) (\d+)"/
      .exec(open)!
      .slice(1)
      .map((size) => Number(size) + 2 * PADDING);
    const frame = `viewBox="-${PADDING} -${PADDING} ${wide} ${high}" width="${wide}" height="${high}"`;
    return `${open.replace(/ (?:viewBox|width|height)="[^"]*"/g, "").slice(0, -1)} ${frame}><style>${STYLE}</style>`;
  });
}

/** The forecasts by name, when the options make sense. */
function checked({ values, firstForecast, forecasts, width = 760 }: ForecastSvgOptions): [string, readonly number[]][] {
  wholeNumber(width, "width", { min: 200, max: 10_000 });
  if (values.length < 2) {
    throw new GruvyError("usage/option", `Expected values to hold at least 2 numbers, found ${values.length}`);
  }
  wholeNumber(firstForecast, "firstForecast", { min: 0, max: values.length - 1 });
  const entries = Object.entries(forecasts);
  for (const [name, forecast] of entries) {
    const most = values.length - firstForecast;
    if (forecast.length === 0 || forecast.length > most) {
      throw new GruvyError(
        "usage/option",
        `Expected 1 to ${most} forecasts by ${shown(name)}, found ${forecast.length}`,
        `The series has ${values.length} values and the first forecast is for index ${firstForecast}.`,
      );
    }
  }
  return entries;
}

const PADDING = 16;
const DASHES = [undefined, "5 3", "2 3", "9 3 2 3", "1 3"];

const STYLE =
  `svg { ${cssVariables(light)} background: var(--paper); color: var(--ink); font-family: system-ui, sans-serif; } ` +
  `@media (prefers-color-scheme: dark) { svg { ${cssVariables(dark)} } }`;
