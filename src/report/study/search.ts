import { type CurveLine, curvesChart, type HistoryPoint, historyChart, rungsChart } from "../charts/index.ts";
import { figure, twice } from "../figure.ts";
import { type Markup, markup } from "../markup.ts";
import { count } from "../numbers.ts";
import { lede, section } from "../sections/parts.ts";
import { configText, type Scored, type StudyView, scoreAxis, type Trial } from "./view.ts";

const NAMED = ["var(--gru)", "var(--lstm)", "var(--rnn)"];
/** A curve of more points is thinned: no screen shows them. */
const MOST_POINTS = 60;

/** The score of every trial in the order of the search. */
export function historySection(view: StudyView): Markup | undefined {
  const { scored, result, measure, format, axis, better, beyond, goesOn } = view;
  if (scored.length === 0) return undefined;
  let best = scored[0].best;
  const points = scored.map(({ id, best: score, epochs, values }): HistoryPoint => {
    if (better(score, best)) best = score;
    const said = `trial ${id}, to epoch ${epochs}: ${format(score)}; ${configText(values)}`;
    return { id, score, best, full: !goesOn.has(id) && isLong(view, epochs), said };
  });
  const failed = result.trials.filter(({ status }) => status === "failed").map(({ id }) => id);
  return section(
    "history",
    "How the search went",
    figure(
      "history",
      (place) => historyChart({ points, failed, measure, format }, axis, place),
      markup`A dot for each trial, fainter where it was trained for fewer epochs than the longest; the line is the best so far.${failed.length > 0 && " A cross at the foot is a trial that failed."}${beyond > 0 && ` ${count(beyond)} ${beyond === 1 ? "trial lies" : "trials lie"} beyond the edge and ${beyond === 1 ? "is" : "are"} drawn at it.`}`,
    ),
  );
}

/** Whether a trial was trained about as long as the longest. */
export function isLong({ scored }: StudyView, epochs: number): boolean {
  return epochs >= 0.99 * Math.max(...scored.map((one) => one.epochs));
}

/** The learning curves of all trials, each joined to the one that it goes on from. */
export function curvesSection(view: StudyView): Markup | undefined {
  const { result, ranked, measure, goesOn, better } = view;
  const { name } = result.objective;
  const byId = new Map(result.trials.map((trial) => [trial.id, trial]));
  const last = (trial: Trial): boolean => !goesOn.has(trial.id);
  const pointsOf = (trial: Trial): CurveLine["points"] => {
    const before = trial.from === undefined ? undefined : byId.get(trial.from);
    const own = trial.history.flatMap(({ epoch, logs }) =>
      Number.isFinite(logs[name]) ? [{ epoch: epoch + 1, value: logs[name] }] : [],
    );
    return [...(before === undefined ? [] : pointsOf(before)), ...own];
  };
  const best = ranked.slice(0, NAMED.length);
  // The best may have gone on in a trial that did worse: its curve leads there, and bears its name.
  const chainOf = (trial: Trial): number[] => {
    const before = trial.from === undefined ? undefined : byId.get(trial.from);
    return [trial.id, ...(before === undefined ? [] : chainOf(before))];
  };
  const lines = result.trials.filter(last).flatMap((trial): CurveLine[] => {
    const points = thinned(pointsOf(trial));
    if (points.length === 0) return [];
    const chain = chainOf(trial);
    const rank = best.findIndex(({ id }) => chain.includes(id));
    return [
      rank < 0 ? { color: "var(--soft)", points } : { label: `trial ${best[rank].id}`, color: NAMED[rank], points },
    ];
  });
  if (!lines.some(({ points }) => points.length > 1)) return undefined;
  const values = lines
    .flatMap(({ points }) => points.map(({ value }) => value))
    .sort((a, b) => (better(a, b) ? -1 : 1));
  // First epochs that are far off would press all others together.
  const inner = values.slice(0, Math.ceil(0.9 * values.length));
  const axis = scoreAxis(inner, name);
  return section(
    "curves",
    "How the trials learned",
    lede(
      `The ${measure} after each epoch of ${count(lines.length)} configurations. A trial that went on from another one is drawn as its continuation; the best ${best.length === 1 ? "one is" : `${best.length} are`} named.`,
    ),
    figure("curves", (place) => curvesChart(lines, measure, axis, place)),
  );
}

function thinned(points: CurveLine["points"]): CurveLine["points"] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)]);
}

/** Successive halving: who went on, bracket by bracket. */
export function rungsSection(view: StudyView): Markup | undefined {
  const { scored, axis, measure, result } = view;
  const inRung = scored.filter((one): one is Scored & Required<Pick<Scored, "rung">> => one.rung !== undefined);
  const brackets = [...new Set(inRung.map(({ rung }) => rung.bracket))].sort((a, b) => a - b);
  if (brackets.length === 0) return undefined;
  const panels = brackets.map((bracket) => {
    const own = inRung.filter(({ rung }) => rung.bracket === bracket);
    const rounds = Math.max(...own.map(({ rung }) => rung.round)) + 1;
    const epochs = Array.from({ length: rounds }, (_, round) =>
      Math.max(0, ...own.filter(({ rung }) => rung.round === round).map((one) => one.epochs)),
    );
    const points = own.map(({ id, rung, best, from }) => ({ id, round: rung.round, score: best, from }));
    const label = brackets.length === 1 ? "All trials" : `Bracket ${bracket + 1}`;
    const sizes = epochs.map((_, round) => own.filter(({ rung }) => rung.round === round).length);
    return markup`<figure><h3>${label}: ${sizes.map((size, i) => [i > 0 && " → ", count(size)])}</h3>${twice(`rungs-${bracket}`, (place) => rungsChart({ label, measure, epochs, points }, axis, place), 250)}</figure>\n`;
  });
  return section(
    "rungs",
    result.searcher.name === "hyperband" ? "Hyperband's brackets" : "Who went on",
    lede(
      `The ${measure} in each round, over the epochs that a trial has in it. A line leads from a trial to its continuation, which keeps weights and optimizer state; who is gray ended there.`,
    ),
    markup`<div class="panels">\n${panels}</div>\n`,
  );
}
