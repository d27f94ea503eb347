import type { StudyResult } from "../../tuning/results.ts";
import { shell } from "../shell.ts";
import { finalsSection } from "./finals.ts";
import { studyHero } from "./hero.ts";
import { importanceSection, slicesSection } from "./parameters.ts";
import { studyRecord } from "./record.ts";
import { curvesSection, historySection, rungsSection } from "./search.ts";
import { trialsSection } from "./trials.ts";
import { viewOf } from "./view.ts";

/** The page of a study, its sections in the order in which a reader asks. */
export function studyPage(result: StudyResult, name: string): string {
  const view = viewOf(result, name);
  const sections = [
    studyHero,
    finalsSection,
    historySection,
    importanceSection,
    slicesSection,
    curvesSection,
    rungsSection,
    trialsSection,
    studyRecord,
  ];
  return shell(
    name,
    "a search for hyperparameters",
    sections.map((part) => part(view)),
  );
}
