// What is chosen for a series, on its training part alone, and why: each choice goes into the plan and the report.

import { counted, GruvyError } from "../base/index.ts";
import { findSpacing, type SeriesData, timesOf } from "../data/index.ts";
import {
  chooseTransform,
  chooseWindow,
  findSeason,
  type SeriesTransform,
  seriesTransform,
  type TransformChoice,
  type TransformName,
} from "../evaluation/index.ts";
import type { ComparisonResult } from "./results.ts";
import type { Settings } from "./settings.ts";

export type Choices = ComparisonResult["choices"][number][];

/** Which column of a table is forecast; data without a table have no other. */
export function chosenTarget({ table, target, names }: SeriesData, choices: Choices): void {
  if (table === undefined) return;
  const why =
    names.length === 1
      ? "the only numeric column"
      : `as asked, of ${names.length} numeric columns; the other columns are not used`;
  choices.push({ what: "target", value: target, why });
}

export function chosenSeason(
  settings: Settings,
  data: SeriesData,
  early: Float64Array,
  choices: Choices,
): number | undefined {
  const asked = settings.season === "auto" ? undefined : settings.season;
  if (asked !== undefined && 2 * asked > early.length) {
    throw new GruvyError(
      "usage/season",
      `Expected season to be at most ${Math.floor(early.length / 2)}, found ${asked}: the training part must hold it twice`,
      "Give a shorter one, 1 for none, or more rows.",
    );
  }
  const season = asked ?? data.season ?? findSeason(early);
  if (season === undefined || season === 1) {
    const why = asked === undefined ? "no repetition in the training part" : "as asked";
    choices.push({ what: "season", value: "none", why });
    return undefined;
  }
  const why = asked === undefined ? seasonReason(data) : "as asked";
  choices.push({ what: "season", value: `${season} steps`, why });
  return season;
}

function seasonReason({ season, dates, table }: SeriesData): string {
  if (season === undefined) return "the strongest repetition in the training part; --season sets another, 1 none";
  const times = table && dates && timesOf(dates);
  const spacing = times && findSpacing(times);
  if (spacing?.season !== season) return "known of these data";
  return `assumed, because the dates are ${spacing.name}; --season sets another, 1 none`;
}

export function chosenWindow(settings: Settings, season: number | undefined, length: number, choices: Choices): number {
  if (settings.window !== "auto") {
    choices.push({ what: "window", value: counted(settings.window, "value"), why: "as asked" });
    return settings.window;
  }
  const window = chooseWindow(season, length);
  choices.push({
    what: "window",
    value: counted(window, "value"),
    why: `${windowReason(window, season)}; --window sets another`,
  });
  return window;
}

function windowReason(window: number, season = Number.POSITIVE_INFINITY): string {
  if (window === season) return "one season";
  if (window % season === 0) return `${window / season} seasons, to see at least 8 values`;
  if (window < 24) return "a quarter of the training part";
  return Number.isFinite(season) ? "the default, for the season is long" : "the default";
}

export function chosenTransform(
  settings: Settings,
  early: Float64Array,
  place: { season?: number; window: number; horizon: number; logs: boolean },
  choices: Choices,
): SeriesTransform {
  if (settings.transform !== "auto") {
    choices.push({ what: "transform", value: settings.transform, why: "as asked" });
    return seriesTransform(settings.transform, { season: place.season });
  }
  const { name, reason } = preferChanges(chooseTransform(early, place));
  choices.push({ what: "transform", value: name, why: `chosen on the training part: ${reason}` });
  return seriesTransform(name, { season: place.season });
}

/**
 * Levels are taken over changes only where they forecast better: a linear model copies the last value at no cost, but a
 * recurrent network must first learn to.
 */
function preferChanges(choice: TransformChoice): { name: TransformName; reason: string } {
  const changes = ({ asIs: "difference", log: "logDifference" } as const)[choice.name as "asIs" | "log"];
  const { errors } = choice;
  const error = changes && errors[changes];
  if (error === undefined || !(error < (errors[choice.name] ?? 0))) return choice;
  const shownError = (value: number | undefined): string => String(Number((value ?? 0).toPrecision(3)));
  const than = `${shownError(error)} against ${shownError(errors[choice.name])} of ${choice.name}`;
  return {
    name: changes,
    reason: `a linear autoregression on it errs less on held-out blocks, ${than}; a network need not learn to copy the last value`,
  };
}
