import { parseHTML } from "linkedom/worker";
import { describe, expect, it } from "vitest";
import type { StudyResult } from "../tuning/results.ts";
import { studyLike } from "./fixtures-study.ts";
import { studyHtml } from "./html.ts";

async function documentOf(result: StudyResult) {
  const html = await studyHtml(result, "gru_tuning");
  return { html, document: parseHTML(html).document };
}

const headings = (document: Document) => [...document.querySelectorAll("h2")].map((h) => h.textContent);
const textOf = (document: Document, id: string) =>
  document.querySelector(`section[aria-labelledby=${id}]`)!.textContent!.replace(/\s+/g, " ");

describe("the page of a study", () => {
  it("answers in the order in which a reader asks", async () => {
    const { document } = await documentOf(studyLike());
    expect(document.querySelector(".verdict")!.textContent).toMatch(
      /^Trial 12 has a validation accuracy of 0.874.*noise/,
    );
    expect([...document.querySelectorAll(".facts dd")].map((fact) => fact.firstChild!.textContent)).toEqual([
      "0.874",
      "+0.013",
      "0.871",
    ]);
    expect(headings(document)).toEqual([
      "Trained anew",
      "How the search went",
      "What decides",
      "One by one",
      "How the trials learned",
      "Hyperband's brackets",
      "The best configurations",
      "What was searched",
    ]);
  });

  it("says which of the final trainings failed", async () => {
    const reason = "The loss became NaN in epoch 6.";
    const failedFinals = [{ name: "default", values: {}, seed: 3, reason }];
    const { document } = await documentOf({ ...studyLike(), failedFinals });
    expect(textOf(document, "finals")).toMatch(/default, seed 3: The loss became NaN in epoch 6\./);
    const none = await documentOf({
      ...studyLike(),
      finals: [],
      verdict: `All of them failed: ${reason}`,
      failedFinals,
    });
    expect(none.document.querySelector(".verdict")!.textContent).toContain("All of them failed");
    expect(textOf(none.document, "finals")).toContain(reason);
  });

  it("says of one seed that it is one, and of what the end cut off that it is unfinished", async () => {
    const { finals, trials, ...study } = studyLike();
    const one = finals.map((final) => ({ ...final, scores: final.scores.slice(0, 1) }));
    const running = trials.map((trial, i) => (i === 0 ? { ...trial, status: "running" as const } : trial));
    const page = async (ended?: string) => {
      const { document } = await documentOf({ ...study, finals: one, trials: running, ended });
      return document.body.textContent!.replace(/\s+/g, " ");
    };
    expect(await page("seconds")).toMatch(/validation accuracy, of one seed.* \(unfinished\)/);
    expect(await page()).toMatch(/ \(under way\)/);
  });

  it("shows what the ledger holds", async () => {
    const result = studyLike();
    const { document } = await documentOf(result);
    const count = (id: string, what: string) =>
      document.querySelectorAll(`section[aria-labelledby=${id}] svg.wide ${what}`).length;
    expect(count("history", "circle")).toBe(result.trials.length - 1);
    expect(textOf(document, "history")).toContain("A cross at the foot is a trial that failed");
    expect([...document.querySelectorAll("[aria-labelledby=slices] h3")].map((h) => h.textContent)).toEqual([
      "cell",
      "units",
      "learningRate",
      "resetAfter",
    ]);
    const rungs = [...document.querySelectorAll("[aria-labelledby=rungs] h3")].map((h) => h.textContent);
    expect(rungs).toEqual(["Bracket 1: 8 → 3 → 1", "Bracket 2: 5 → 2"]);
    expect(textOf(document, "finals")).toMatch(
      /trial 120\.8740\.864 to 0\.8843cell gru.*On the test part: No difference can/,
    );
    expect(document.querySelector(".facts")!.textContent).toContain("the best baseline, NB logistic, has 0.883");
    expect(textOf(document, "trials")).toMatch(/1 trial failed.*Trial 4.*The loss became NaN in epoch 1\./);
    expect(textOf(document, "record")).toMatch(/looked at once.*26 November 2026.*32 to 512, 16 values.*cell is gru/);
  });

  it("names the curve of the best also where that went on and did worse", async () => {
    const result = studyLike();
    const best = result.trials[12];
    // Its continuation to epoch 27 never gets as far.
    const history = [{ epoch: 9, logs: { valAccuracy: 0.5 } }];
    const worse = { ...best, id: 20, from: 12, epochs: 27, initialEpoch: 9, history, objective: 0.5, score: -0.5 };
    const { document } = await documentOf({ ...result, trials: [...result.trials, worse] });
    expect(textOf(document, "curves")).toContain("trial 12");
  });

  it("stands alone, runs nothing, and can be read by those who do not see it", async () => {
    const { html, document } = await documentOf(studyLike());
    expect(html.startsWith("<!doctype html>\n")).toBe(true);
    expect(document.querySelectorAll("script, img, iframe, object, embed, form, base, audio, video")).toHaveLength(0);
    expect(html).not.toMatch(/@import|url\(|\s(?:src|srcset)=/);
    expect(html.match(/https?:\/\/[^"'\s<]*/g)!.every((url) => url === "http://www.w3.org/2000/svg")).toBe(true);
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.getAttribute("id"));
    expect(new Set(ids).size).toBe(ids.length);
    for (const svg of document.querySelectorAll("svg")) {
      for (const name of ["aria-labelledby", "aria-describedby"]) {
        expect(document.getElementById(svg.getAttribute(name)!)!.textContent!.length).toBeGreaterThan(5);
      }
    }
    expect(document.body.textContent).not.toMatch(/NaN(?! in)|undefined|\[object/);
    expect((await documentOf(studyLike())).html).toBe(html);
  });

  it("bears a search that has just begun, and one that nothing came of", async () => {
    const result = {
      ...studyLike(),
      ended: undefined,
      finals: [],
      verdict: "",
      test: undefined,
      importance: undefined,
    };
    const begun = await documentOf({ ...result, trials: [] });
    expect(headings(begun.document)).toEqual(["What was searched"]);
    expect(begun.document.querySelector(".verdict")!.textContent).toBe("The search has no score yet.");
    const failed = await documentOf({ ...result, trials: result.trials.filter(({ status }) => status === "failed") });
    expect(headings(failed.document)).toEqual(["The best configurations", "What was searched"]);
    const one = await documentOf({ ...result, trials: [{ ...result.trials[1], status: "running" }] });
    expect(one.document.querySelector(".verdict")!.textContent).toMatch(
      /^The search is under way: its only trial with a score, trial 1, has a validation/,
    );
    const odd = result.trials.map((trial) => ({
      ...trial,
      history: trial.history.map(({ epoch }) => ({ epoch, logs: { valAccuracy: Number.NaN } })),
    }));
    expect(headings((await documentOf({ ...result, trials: odd })).document)).toContain("What was searched");
    const level = result.trials.map((trial) => ({
      ...trial,
      history: trial.history.map(({ epoch }) => ({ epoch, logs: { valAccuracy: epoch === 8 ? -1e300 : 0 } })),
    }));
    expect((await documentOf({ ...result, trials: level })).document.body.textContent).not.toMatch(/NaN(?! in)/);
  });
});
