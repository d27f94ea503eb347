import { shorten } from "../inert.ts";
import { type Markup, markup, sentence, value } from "../markup.ts";
import { count } from "../numbers.ts";
import { lede, section } from "../sections/parts.ts";
import { configText, type StudyView } from "./view.ts";

const MOST = 20;
const MOST_FAILED = 10;

/** The best configurations, and why the failed ones failed. */
export function trialsSection({ result, ranked, measure, format }: StudyView): Markup | undefined {
  const failed = result.trials.filter(({ status }) => status === "failed");
  if (ranked.length === 0 && failed.length === 0) return undefined;
  const rows = ranked
    .slice(0, MOST)
    .map(
      ({ id, best, at, epochs, status, values }, i) =>
        markup`<tr${i === 0 && markup` class="best"`}><th scope="row">${id}</th><td class="main">${format(best)}</td><td class="extra">${count(at + 1)}</td><td>${count(epochs)}${status === "running" && (result.ended === undefined ? " (under way)" : " (unfinished)")}</td><td class="words">${value(configText(values))}</td></tr>\n`,
    );
  const more = ranked.length - MOST;
  return section(
    "trials",
    "The best configurations",
    lede(
      `Each configuration once, by its best ${measure}${more > 0 ? `; ${count(more)} more are in the CSV` : ""}. In a search this long the first is partly the luckiest.`,
    ),
    ranked.length > 0 &&
      markup`<div class="scroll" role="region" tabindex="0" aria-labelledby="trials"><table><thead><tr><th scope="col">Trial</th><th scope="col">Score</th><th scope="col" class="extra">Best epoch</th><th scope="col">Epochs</th><th scope="col" class="words">Values</th></tr></thead><tbody>${rows}</tbody></table></div>\n`,
    failed.length > 0 &&
      markup`<h3>${count(failed.length)} ${failed.length === 1 ? "trial" : "trials"} failed</h3>
<ul class="points">${failed.slice(-MOST_FAILED).map(({ id, reason, values }) => markup`<li class="warning"><b>Trial ${id}</b>, ${value(configText(values))}: ${sentence(shorten(reason ?? "", 300))}</li>\n`)}</ul>\n`,
  );
}
