import { seedsChart } from "../charts/index.ts";
import { figure } from "../figure.ts";
import { shorten } from "../inert.ts";
import { type Markup, markup, prose, value } from "../markup.ts";
import { count } from "../numbers.ts";
import { lede, section } from "../sections/parts.ts";
import { configText, type StudyView } from "./view.ts";

/** The best of the search beside the default, trained anew: how much of the score was luck. */
export function finalsSection({ result, measure, format }: StudyView): Markup | undefined {
  const { finals, failedFinals } = result;
  if (finals.length + failedFinals.length === 0) return undefined;
  const rows = finals.map(
    ({ name, mean, low, high, scores, values }, i) =>
      markup`<tr${i === 0 && markup` class="best"`}><th scope="row">${value(shorten(name, 40))}</th><td class="main">${format(mean)}</td><td>${low === undefined || high === undefined ? "–" : `${format(low)} to ${format(high)}`}</td><td class="extra">${count(scores.length)}</td><td class="words">${value(configText(values))}</td></tr>\n`,
  );
  const several = finals.some(({ scores }) => scores.length > 1);
  return section(
    "finals",
    "Trained anew",
    lede(
      "The best of many trials is partly the luckiest. These were trained again from fresh seeds, the default configuration among them; what they did on the validation part decides.",
    ),
    finals.length > 0 &&
      markup`<div class="scroll" role="region" tabindex="0" aria-labelledby="finals"><table><thead><tr><th scope="col">Configuration</th><th scope="col">Mean</th><th scope="col">95\u00a0%</th><th scope="col" class="extra">Seeds</th><th scope="col" class="words">Values</th></tr></thead><tbody>${rows}</tbody></table></div>\n`,
    several &&
      figure(
        "final-seeds",
        (place) =>
          seedsChart(
            {
              rows: finals.map(({ name, scores }, i) => ({
                label: shorten(name, 20),
                color: i === 0 ? "var(--gru)" : name === "default" ? "var(--lstm)" : "var(--baseline)",
                scores: scores.map(({ score }) => score),
              })),
              measure,
              format,
              times: 1,
            },
            place,
          ),
        markup`A dot for each seed, a stroke at the median.`,
      ),
    failedFinals.length > 0 &&
      markup`<p>These came to nothing, and a configuration with fewer of them ranks first:</p>\n<ul>${failedFinals.map(
        ({ name, seed, reason }) =>
          markup`<li>${value(shorten(name, 40))}, seed ${count(seed)}: ${value(shorten(reason, 300))}</li>\n`,
      )}</ul>\n`,
    result.test?.beside && markup`<p>On the test part: ${prose(result.test.beside.verdict)}</p>\n`,
  );
}
