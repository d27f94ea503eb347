import type { ComparisonResult } from "../tasks/results.ts";
import { findings } from "./sections/findings.ts";
import { forecasts } from "./sections/forecasts.ts";
import { hero } from "./sections/hero.ts";
import { labels } from "./sections/labels.ts";
import { learning } from "./sections/learning.ts";
import { reading } from "./sections/reading.ts";
import { record } from "./sections/record.ts";
import { scores } from "./sections/scores.ts";
import { seeds } from "./sections/seeds.ts";
import { vary } from "./sections/vary.ts";
import { shell } from "./shell.ts";
import { summarize } from "./summary.ts";

/** The page of a comparison, its sections in the order in which a reader asks. */
export function page(result: ComparisonResult): string {
  const summary = summarize(result);
  const sections = [hero, scores, reading, forecasts, labels, learning, seeds, vary, findings, record];
  return shell(
    result.data.name,
    "recurrent cells compared",
    sections.map((section) => section(result, summary)),
  );
}
