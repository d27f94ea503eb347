import type { ExplainedRow, ExplainedStep, Explanation } from "../tasks/explanation.ts";
import { contributionsChart, curveChart, gatesChart, halfLifeChart, memoryChart } from "./charts/index.ts";
import {
  answerText,
  gateMeanings,
  gateTitle,
  halfLifeText,
  heaviest,
  lifeText,
  measureText,
  memoryText,
  seesChanges,
  stepText,
  whyText,
} from "./explanation-words.ts";
import { figure } from "./figure.ts";
import { shorten } from "./inert.ts";
import { type Content, type Markup, markup, prose, sentence, value } from "./markup.ts";
import { columnFormat, count, fixed, percent, signed } from "./numbers.ts";
import { lede, section } from "./sections/parts.ts";
import { shell } from "./shell.ts";

const STYLE = `
.said-words { margin-top: 1.25rem; line-height: 2; text-wrap: pretty; }
.said-words span { padding: .12em .18em; border-radius: .25em; }
${[1, 2, 3, 4].map((n) => `.p${n} { background: color-mix(in srgb, var(--gru) ${n * 14}%, transparent); } .n${n} { background: color-mix(in srgb, var(--lstm) ${n * 14}%, transparent); }`).join("\n")}
.gate { font-weight: 620; margin-right: .6rem; white-space: nowrap; }
.scale { display: inline-block; height: .9rem; border-radius: .2rem; vertical-align: -.1em; }
.legend .scale { width: 1.1rem; margin-right: 2px; border: 0; }
.legend .scale:last-of-type { margin-right: .5rem; }
`;

/** The page of an explanation: rows first, then what holds for the model as a whole. */
export function explanationPage(explanation: Explanation): string {
  const sections = [
    hero(explanation),
    ...explanation.rows.map((row, i) => rowSection(explanation, row, i)),
    memorySection(explanation),
    gatesSection(explanation),
    readingSection(explanation),
    recordSection(explanation),
  ];
  return shell(explanation.model.name, "how the model answers", sections, STYLE);
}

function hero(explanation: Explanation): Markup {
  const { model, data, memory, gates, rows } = explanation;
  const most = memory.lengths[memory.lengths.length - 1];
  const holds = gates.findLast(({ halfLives }) => halfLives)?.halfLives;
  const facts: Content[] = [
    memory.chance !== undefined
      ? markup`<div><dt>Memory</dt><dd>unknown<small>the model is not clearly better than chance here</small></dd></div>`
      : memory.length === undefined
        ? markup`<div><dt>Memory</dt><dd>none<small>one step does as well as all ${count(most)}</small></dd></div>`
        : markup`<div><dt>Memory</dt><dd>${count(memory.length)} of ${count(most)}<small>steps that give 95\u00a0% of the gain</small></dd></div>`,
    holds &&
      markup`<div><dt>Half-life</dt><dd>${lifeText(holds.steps[Math.floor(holds.steps.length / 2)])}<small>of the state, the unit in the middle</small></dd></div>`,
    markup`<div><dt>Explained</dt><dd>${count(rows.length)}<small>of ${count(data.rows)} ${data.kind === "series" ? "forecasts" : data.kind}</small></dd></div>`,
  ];
  return markup`<header>
<h1>${value(shorten(model.name, 80))} on ${value(shorten(data.name, 80))}: how the model answers</h1>
<p class="verdict long">${prose(memoryText(explanation))}</p>
<dl class="facts">${facts}</dl>
</header>
`;
}

function rowSection(explanation: Explanation, row: ExplainedRow, i: number): Markup {
  const why = whyText(row, explanation);
  const isSeries = row.steps.some((step) => step.value !== undefined);
  const heavy = heaviest(row, 3);
  const format = columnFormat(heavy.map(({ occlusion }) => occlusion));
  const weights = heavy.map((step, k) => [
    k > 0 && ", ",
    value(shorten(step.text, 24)),
    ` (${isSeries ? "" : `step ${step.place}, `}${signed(step.occlusion, format)})`,
  ]);
  const measure = measureText(explanation);
  return section(
    `row-${i}`,
    [value(shorten(row.name, 60)), why !== "" && `: ${why}`],
    lede(
      markup`The model answers ${prose(answerText(row, explanation))}. `,
      heavy.length > 0 && [`What weighs most when left out, in ${measure}: `, weights, "."],
    ),
    explanation.data.kind === "texts" && coloured(row.steps, explanation),
    isSeries &&
      figure(`curve-${i}`, (place) =>
        curveChart(row.steps, place, { unit: measure, title: `What the model saw before ${shorten(row.name, 40)}` }),
      ),
    figure(
      `parts-${i}`,
      (place) => contributionsChart(row.steps, place, measure),
      markup`Bars: the answer less the answer ${withoutText(explanation)}.${row.steps.length <= 80 ? " Rings: the gradient times the input, which is the same for small changes; where the two part, the model is curved there." : ""}`,
    ),
    row.layers.map(({ layer, gates }, k) =>
      figure(
        `gates-${i}-${k}`,
        (place) =>
          gatesChart(gates, row.steps, place, {
            names: Object.fromEntries(Object.keys(gates).map((name) => [name, gateTitle(name)])),
            title: `Gates of ${shorten(layer, 40)}`,
            description: Object.entries(gates)
              .map(
                ([name, { mean }]) =>
                  `${gateTitle(name)} from ${fixed(mean[0], 2)} to ${fixed(mean[mean.length - 1], 2)}`,
              )
              .join(", "),
          }),
        markup`Layer ${value(shorten(layer, 40))}, step by step: the mean of its units, and the band in which eight in ten of them lie. ${Object.keys(gates).map((name) => markup`<span class="gate ${gateClasses[name] ?? "base"}">${gateTitle(name)}</span> `)}`,
      ),
    ),
  );
}

/** The classes of the style that have the gates' colours. */
const gateClasses: Readonly<Record<string, string>> = { z: "gru", f: "gru", r: "lstm", i: "lstm", o: "rnn", h: "rnn" };

const withoutText = (explanation: Explanation): string =>
  explanation.data.kind === "series"
    ? `with ${stepText(explanation)} set to its average`
    : explanation.data.kind === "texts"
      ? "without this word"
      : "without this step";

/** The words of a text, shaded by what each contributes. */
function coloured(steps: readonly ExplainedStep[], { measure }: Explanation): Content {
  const most = Math.max(...steps.map(({ occlusion }) => Math.abs(occlusion)), Number.MIN_VALUE);
  const format = columnFormat([most]);
  const words = steps.map(({ text, occlusion }) => {
    const strength = Math.min(4, Math.floor((Math.abs(occlusion) / most) * 5));
    const shade = strength === 0 ? "" : `${occlusion > 0 ? "p" : "n"}${strength}`;
    return markup`<span class="${shade}" title="${signed(occlusion, format)}">${value(shorten(text, 40))}</span> `;
  });
  const towards = measure.kind === "logOdds" ? markup`"${value(shorten(measure.label, 24))}"` : "the answer";
  const key = (letter: string) =>
    [1, 2, 3, 4].map((n) => markup`<i class="scale ${letter}${n}" aria-hidden="true"></i>`);
  return [
    markup`<p class="said-words" dir="auto">${words}</p>\n`,
    markup`<ul class="legend"><li>${key("p")}speaks for ${towards}</li><li>${key("n")}speaks against it</li></ul>\n`,
  ];
}

function memorySection(explanation: Explanation): Markup {
  const { memory, measure } = explanation;
  const unit = measure.kind === "value" ? (measure.unit ?? "") : "";
  return section(
    "memory",
    "How far back the memory reaches",
    lede(
      "Measured, not guessed: the model is shown only the last steps of each row, starting from a state of zeros, and its score is taken. Where the line is flat, steps further back no longer help it.",
    ),
    figure("memory-curve", (place) => memoryChart(memory, place, shorten(unit, 24)), prose(memoryText(explanation))),
  );
}

function gatesSection({ gates }: Explanation): Markup {
  const rows = gates.flatMap(({ layer, gates: list }) =>
    list.map(
      ({ name, mean, closed, open }) =>
        markup`<tr><th scope="row">${value(shorten(layer, 40))}<small>${gateTitle(name)}</small></th><td>${fixed(mean, 2)}</td><td>${percent(closed)}</td><td>${percent(open)}</td><td class="words">${gateMeanings[name]?.does ?? ""}</td></tr>\n`,
    ),
  );
  const charts = gates.flatMap((one, i) => {
    const { halfLives, layer } = one;
    return [
      markup`<h3>${value(shorten(layer, 40))}</h3>\n<p class="lede">${sentence(halfLifeText(one))}</p>\n`,
      halfLives &&
        figure(
          `half-lives-${i}`,
          (place) =>
            halfLifeChart(halfLives.steps, place, {
              title: `Half-lives of the units of ${shorten(layer, 40)}`,
              description: halfLifeText(one),
            }),
          markup`A unit that keeps the share ${halfLives.gate} of its state at each step has kept half after ln\u00a0½ / ln\u00a0${halfLives.gate} steps, with the mean of the logarithms over all steps looked at. New input may overwrite it sooner.`,
        ),
    ];
  });
  return section(
    "gates",
    "What the gates do",
    lede(
      "Over all steps and units looked at. A gate below 0.1 is as good as closed, one above 0.9 as good as open: saturated gates are decided, and learn slowly.",
    ),
    markup`<div class="scroll" tabindex="0" role="group" aria-label="Gates"><table><thead><tr><th scope="col">Gate</th><th scope="col">Mean</th><th scope="col">Closed</th><th scope="col">Open</th><th scope="col" class="words">What it decides</th></tr></thead><tbody>${rows}</tbody></table></div>\n`,
    charts,
  );
}

function readingSection(explanation: Explanation): Markup {
  const { measure } = explanation;
  const points: Content[] = [
    markup`<b>A recurrent layer reads one step after the other</b> and carries a state along. Its gates are numbers between 0 and 1 that it computes anew at each step, for each of its units: valves that decide what is kept, what is taken in and what is shown.`,
    markup`<b>Leaving a step out</b> asks what the answer would have been without it. Steps that say the same thing hide each other: without one of them the others still say it.`,
    markup`<b>The gradient</b> asks how the answer changes when a step changes a little. It costs one pass for all steps, and is blind where the model is saturated.`,
    measure.kind === "logOdds" &&
      markup`<b>Log-odds</b> add up where probabilities do not: 0 is even, +1 makes the odds 2.7 times as good, +3 twenty times.`,
    measure.kind === "logProbability" &&
      markup`<b>Logarithms of probabilities</b> add up: -0.7 halves the probability, -2.3 makes it a tenth.`,
    seesChanges(explanation) &&
      markup`<b>The model sees changes, not levels:</b> a step stands for the change that ends there.`,
    markup`<b>None of this is a cause.</b> It says what the model uses, not what moves the world.`,
  ];
  return section(
    "reading",
    "How to read this",
    markup`<ul class="points">${points.filter(Boolean).map((point) => markup`<li>${point}</li>\n`)}</ul>\n`,
  );
}

function recordSection({ model, data, command, versions, date, rows }: Explanation): Markup {
  const entries: [string, Content][] = [
    ["Model", [value(shorten(model.name, 200)), `, ${count(model.parameters)} parameters`]],
    [
      "Data",
      [value(shorten(data.name, 200)), data.source !== data.name && markup` (${value(shorten(data.source, 200))})`],
    ],
    [
      "Looked at",
      `${count(data.rows)} ${data.kind === "series" ? "forecasts" : "rows"} the model was not trained on, as far as its file tells`,
    ],
    ["Rows", value(rows.map(({ row }) => String(row)).join(", "))],
    ["Date", value(date.replace("T", " ").replace(/:\d\d\.\d+Z$/, " UTC"))],
  ];
  return section(
    "record",
    "What was done",
    markup`<dl class="record">${entries.map(([term, content]) => markup`<dt>${term}</dt><dd>${content}</dd>\n`)}</dl>\n`,
    command !== undefined && markup`<h3>To run it again</h3>\n<pre><code>${value(command)}</code></pre>\n`,
    markup`<footer>Made by Gruvy ${value(versions.gruvy)}. This file stands alone: it loads nothing and runs nothing.</footer>\n`,
  );
}
