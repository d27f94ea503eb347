import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lockFolder } from "../../src/storage/node.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (args: string[]) => inProcess(args, { cwd: place.folder });
const interrupted = (args: string[], interruptAt: RegExp) => gruvy(args, { cwd: place.folder, interruptAt });
const small = ["tune", "airline-passengers", "--units", "2:4", "--learning-rate", "1e-2,1e-3", "--max-epochs", "3"];
/** That study with options of its own in place of its usual ones: each may be given once. */
const smallWith = (args: string[]): string[] => {
  const usual = [...small];
  for (const option of args.filter((arg) => arg.startsWith("--") && usual.includes(arg)))
    usual.splice(usual.indexOf(option), 2);
  return [...usual, ...args];
};
const study = [...small, "--final-seeds", "2", "--finalists", "1", "--threads", "1"];

test("tune searches, trains the best anew, and looks at the test part once; again, it repeats what it found", async () => {
  const first = await run([...study, "--out", "a"]);
  expect(first.err).toMatch(/hyperband: 6 trials, 11 epochs, about \d+ s/);
  expect(first.err).toMatch(/The search is over; 4 final trainings to come\.\n {2}1 of 4: default, seed 1: \d/);
  expect(first.code).toBe(0);
  expect(first.out).toMatch(
    /^hyperband for validation loss: 6 trials \(6 completed, 0 failed, 0 unfinished\), 11 epochs/,
  );
  expect(first.out).toMatch(/ {2}default .* {2}2 {2}units 4, learningRate 0.001/);
  expect(first.out).toMatch(/difference|default configuration did best/);
  expect(first.out).toMatch(/Test part, looked at once: rmse \d/);
  const again = await run([...study, "--out", "a"]);
  expect(again.out).toBe(first.out);
  const { code, out } = await run(["forecast", "a/best.gruvy", "--horizon", "2"]);
  expect([code, out.split("\n")[0]]).toEqual([0, "passengers (thousand passengers)"]);
  expect(existsSync(place.path("a/best-trial.gruvy"))).toBe(true);
  const shown = await run(["study", "show", "a"]);
  expect(first.out.startsWith(shown.out.trimEnd())).toBe(true);
  const { trials, finals, test: tested } = JSON.parse((await run(["study", "show", "a", "--json"])).out);
  expect([trials.length, finals.length, tested.looks]).toEqual([6, 2, 1]);
  expect(first.out).toMatch(/Report: a\/report.html\n$/);
  const page = readFileSync(place.path("a/report.html"), "utf8");
  expect(page).toMatch(/<h1><bdi>a<\/bdi>: a search for hyperparameters/);
  expect((await run(["study", "show", "a", "--html", "page.html"])).out).toBe("Report: page.html\n");
  expect(readFileSync(place.path("page.html"), "utf8")).toBe(page);
  const refused = await run(["study", "show", "a", "--html", "a/study.ledger"]);
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/--html "a\/study.ledger" is the input itself/),
  ]);
  expect((await run(["study", "show", "a", "--html", "x.html", "--csv"])).err).toMatch(/found --csv and --html/);
  expect((await run(["study", "show", "a", "--csv"])).out.split("\n")[0]).toBe(
    "trial,status,valLoss,epochs,bestEpoch,seconds,from,reason,units,learningRate",
  );
});

test("the window of a series may vary, over the same targets", async () => {
  const ranges = ["--window", "6:24:6", "--units", "4", "--max-epochs", "2", "--finalists", "1", "--final-seeds", "1"];
  const args = ["tune", "airline-passengers", ...ranges, "--search", "grid", "--out", "w", "--threads", "1"];
  const { out, code } = await run([...args, "--json"]);
  expect(code).toBe(0);
  const planned = (await run([...args, "--dry-run", "--json"])).out;
  expect(JSON.parse(planned)).toEqual({
    dryRun: true,
    epochs: 8,
    done: expect.objectContaining({ trials: 4, ended: "done" }),
    plan: expect.arrayContaining([expect.stringContaining("grid: 4 trials, 8 epochs")]),
  });
  const { err } = await run([...args, "--dry-run"]);
  expect(err).toMatch(/Window: 12 values \(of those that may vary\)\.\nSplit: 80 to train, 15 to validate, 24 to test/);
  expect(err).toMatch(/grid: 4 trials, 8 epochs/);
  const { window } = JSON.parse(out).finals[0].values;
  expect([6, 12, 18, 24]).toContain(window);
  const scored = JSON.parse((await run(["evaluate", "w/best.gruvy", "airline-passengers", "--json"])).out);
  expect(JSON.stringify(scored)).toContain(`"rmse":${JSON.parse(out).test.rmse}`);
});

test("interrupted, the same command goes on and ends as if nothing had been", async () => {
  const whole = await run([...study, "--out", "whole"]);
  const stopped = await interrupted([...study, "--out", "parts"], /trial 2, /);
  expect(stopped.code).toBe(130);
  expect(stopped.err).toMatch(/parts holds the study; the same command goes on\./);
  const rest = await run([...study, "--out", "parts"]);
  expect(rest.out.replaceAll("parts", "whole")).toBe(whole.out);
});

test("two workers find what one does, are interrupted and go on", async () => {
  const grid = [...study, "--search", "grid"];
  const one = await run([...grid, "--out", "one"]);
  expect((await interrupted([...grid, "--out", "two", "--workers", "2"], /trial 3, /)).code).toBe(130);
  const two = await run([...grid, "--out", "two", "--workers", "2"]);
  expect(two.out.replaceAll("two", "one")).toBe(one.out);
});

test("a dry run counts what is done, refuses what the search would, and touches nothing", async () => {
  const dry = async (...args: string[]) => {
    const { code, out, err } = await run([...study, "--out", "a", "--dry-run", ...args]);
    return { code, out, err };
  };
  const listed = () => readdirSync(place.path("a")).map((name) => [name, statSync(place.path(`a/${name}`)).mtimeMs]);
  const before = listed();
  const done = await dry("--json");
  expect(JSON.parse(done.out).done).toEqual({
    trials: 6,
    failed: 0,
    seconds: expect.any(Number),
    unfinished: 0,
    epochs: 11,
    finals: 4,
    ended: "done",
  });
  expect((await dry()).err).toMatch(
    /\nDone already: 6 trials, 11 epochs, 4 final trainings\. The search has come to its end\.\n$/,
  );
  const ledger = readFileSync(place.path("a/study.ledger"));
  const cut = ledger.subarray(0, ledger.indexOf('"type":"completed"'));
  mkdirSync(place.path("cut"));
  writeFileSync(place.path("cut/study.ledger"), cut);
  const part = await run([...study, "--out", "cut", "--dry-run"]);
  expect(part.err).toMatch(
    /Done already: 1 trial \(1 unfinished\), 1 epoch\. What is left of the search takes at most about \d+ s\./,
  );
  expect(readdirSync(place.path("cut"))).toEqual(["study.ledger"]);
  expect(readFileSync(place.path("cut/study.ledger")).equals(cut)).toBe(true);
  expect(listed()).toEqual(before);
  const lock = await lockFolder(place.path("a"));
  expect(await dry()).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Another run, process \d+, writes to a\./m),
  });
  await lock.release();
});

test("a damaged study is refused and repaired", async () => {
  await run([...study, "--out", "c"]);
  const bytes = readFileSync(place.path("c/study.ledger"));
  bytes[bytes.indexOf(10) + 20] ^= 1;
  writeFileSync(place.path("c/study.ledger"), bytes);
  const refused = await run(["study", "show", "c"]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/Run gruvy study repair c/)]);
  expect((await run(["study", "repair", "c"])).out).toMatch(/^Kept \d+ records, left out 1\..*\nWhat is lost is/);
  expect(JSON.parse((await run(["study", "repair", "c", "--json"])).out)).toMatchObject({ dropped: 0 });
  expect((await run([...study, "--out", "c"])).code).toBe(0);
});

test.each([
  [["study", "c"], "Expected gruvy study show <folder> or gruvy study repair <folder>, found gruvy study c."],
  [["study", "show", "nowhere"], "There is no study in nowhere. Give the folder that gruvy tune wrote to"],
  [["study", "show", "text.txt"], "Expected the folder of a study, found that text.txt is none. Give the folder"],
  [
    ["study", "show", "new"],
    "The study has not begun yet: it has no records; gruvy tune, or search in code, begins it.",
  ],
  [["study", "show", "new", "--csv", "--json"], "Expected one of --json, --csv and --html, found --json and --csv."],
])("%j says what to do", async (args, said) => {
  writeFileSync(place.path("text.txt"), "");
  mkdirSync(place.path("new"), { recursive: true });
  writeFileSync(place.path("new/study.ledger"), "");
  const { code, out, err } = await run(args);
  const object = args.includes("--json") ? { error: { code: "usage/option", message: said } } : undefined;
  expect([code, out === "" ? undefined : JSON.parse(out)]).toEqual([2, object]);
  expect(err).toContain(said);
});

test.each([
  [["--dry-run"], 0, /Then the best 3 and the default/],
  [
    ["--seed", "1", "--out", "a"],
    2,
    /^a holds another study: --seed was 0, here it is 1\. Give what it was begun with .* another folder/,
  ],
  [["--units", "3:9", "--out", "a"], 2, /study: --units was int from 2 to 4.*, here it is int from 3 to 9, 7 values/],
  [
    ["--max-epochs", "4", "--dry-run", "--out", "a"],
    2,
    /^a holds another study: --max-epochs was 3, here it is 4\. Give/,
  ],
  [["--units", "9:3"], 2, /from the smaller to the larger/],
  [["--dropout", "1.5"], 2, /--dropout to be a number from 0, below 1/],
  [
    ["--dry-run", "--time", "20m", "--trials", "5"],
    0,
    /The budget ends the search after 5 trials or 20 min, unless it is done before\./,
  ],
  [
    ["--dry-run", "--search", "asha", "--trials", "9"],
    0,
    /asha: 8 trials, 10 epochs.*\n {2}round 1: 6 trials to epoch 1/,
  ],
  [["--window", "6,200"], 2, /too short for windows of 200/],
  [["--window", "0:9"], 2, /--window to be a whole number from 1/],
  [["--workers", "3", "--threads", "2", "--dry-run"], 0, /3 workers share 2 cores: more than that at once/],
  [["--workers", "0"], 2, /--workers to be a whole number from 1 to 256/],
  [["--time", "soon"], 2, /--time as 90s, 20m or 2h/],
  [["--search", "magic"], 2, /--search to be one of hyperband/],
  [["--out", "text.txt"], 2, /folder, found the file/],
])("tune %j ends with %i", async (args, code, message) => {
  writeFileSync(place.path("text.txt"), "");
  const ended = await run(smallWith(args));
  expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(message)]);
  expect(existsSync(place.path("gruvy-study"))).toBe(false);
});

test("a model that lies where the winner would be written is not replaced", async () => {
  mkdirSync(place.path("mine"));
  writeFileSync(place.path("mine/best.gruvy"), "my own");
  const { code, err } = await run([...small, "--out", "mine"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/found "mine" with a best\.gruvy of another origin/)]);
  expect(readFileSync(place.path("mine/best.gruvy"), "utf8")).toBe("my own");
});

test("another way of filling in what is missing is another study", async () => {
  const rows = Array.from({ length: 90 }, (_, i) => `${i},${i % 30 === 7 ? "" : 10 + ((i * i) % 7)}`);
  writeFileSync(place.path("holed.csv"), `n,sold\n${rows.join("\n")}\n`);
  const own = ["tune", "holed.csv", "--target", "sold", "--units", "2,3", "--search", "random", "--max-epochs", "1"];
  const args = [...own, "--trials", "1", "--finalists", "1", "--final-seeds", "1", "--out", "holed", "--threads", "1"];
  expect((await run([...args, "--missing", "ffill"])).code).toBe(0);
  const model = readFileSync(place.path("holed/best.gruvy"));
  const other = await run([...args, "--missing", "interpolate"]);
  expect([other.code, other.err]).toEqual([2, expect.stringMatching(/another study: the data's sum was/)]);
  expect(readFileSync(place.path("holed/best.gruvy")).equals(model)).toBe(true);
});

test("tune of nothing that varies makes no folder", async () => {
  const { code, err } = await run(["tune", "airline-passengers"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/Give a range/)]);
  expect(existsSync(place.path("gruvy-study"))).toBe(false);
});
