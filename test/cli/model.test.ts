import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (args: string[], input?: string | Uint8Array) => inProcess(args, { cwd: place.folder, input });
const rows = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => {
    return (from + i) % 2 === 0 ? `"a good, warm film ${from + i}",yes,${i}` : `a bad dull film ${from + i},no,${i}`;
  }).join("\n");

// Wide enough a difference between good and bad to be learned in a moment.
beforeAll(async () => {
  writeFileSync(place.path("train.csv"), `remark,verdict,row\n${rows(0, 200)}\n`);
  writeFileSync(place.path("new.csv"), `\ufeffremark,verdict,row\n${rows(200, 204)}\n`);
  const texts = ["--text", "remark", "--label", "verdict", "--units", "8", "--epochs", "12", "--batch-size", "8"];
  const made = await Promise.all([
    run(["train", "airline-passengers", "--epochs", "3", "--units", "5", "--out", "air.gruvy"]),
    run(["train", "train.csv", ...texts, "--out", "texts.gruvy"]),
    run(["train", "reber", "--length", "6", "--epochs", "1", "--units", "3", "--out", "reber.gruvy"]),
    run(["train", "adding", "--length", "6", "--epochs", "1", "--units", "3", "--out", "adding.gruvy"]),
  ]);
  for (const { code, err } of made) if (code !== 0) throw new Error(err);
});

test("a model of other columns takes a folder of texts, which has none", async () => {
  for (const label of ["yes", "no"]) {
    mkdirSync(place.path(`remarks/${label}`), { recursive: true });
    for (const i of [1, 2]) writeFileSync(place.path(`remarks/${label}/${i}.txt`), `a film ${label} ${i}`);
  }
  const { code, err } = await run(["evaluate", "texts.gruvy", "remarks"]);
  expect([code, err]).toEqual([0, expect.not.stringContaining("rename")]);
});

test("predict says which texts have no word that the model knows", async () => {
  const asked = ["a good film", "\u{1f600}", ""];
  const table = await run(
    ["predict", "texts.gruvy", "-"],
    `remark,row\n${asked.map((text, i) => `${text},${i}`).join("\n")}\n`,
  );
  const told = "has no word that the model knows; its answer is that to an empty text";
  expect(table.err).toBe(
    `warning: Row 3 of standard input ${told}.\nwarning: 2 texts in all have no word that the model knows.\n`,
  );
  const lines = await run(
    ["predict", "texts.gruvy", "-"],
    asked.map((remark) => `${JSON.stringify({ remark })}\n`).join(""),
  );
  expect(lines.err).toContain(`warning: Line 2 of standard input ${told}`);
  expect((await run(["predict", "texts.gruvy", "new.csv"])).err).toBe("");
});

test("forecast goes on past the end, with dates and units", async () => {
  const { code, out } = await run(["forecast", "air.gruvy", "--horizon", "13"]);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines[0]).toBe("passengers (thousand passengers)");
  expect(lines.slice(1).map((line) => line.slice(0, 7))).toEqual([
    ...Array.from({ length: 12 }, (_, i) => `1961-${String(i + 1).padStart(2, "0")}`),
    "1962-01",
  ]);
  const object = JSON.parse((await run(["forecast", "air.gruvy", "--horizon", "13", "--json"])).out);
  expect(object).toMatchObject({ target: "passengers", unit: "thousand passengers" });
  expect(object.forecast.length).toBe(13);
  for (const value of object.forecast) expect(value).toBeGreaterThan(100);
  expect(object.findings).toEqual([]);
  const far = await run(["forecast", "air.gruvy", "--horizon", "145"]);
  expect(far.err).toMatch(/^warning: The model was measured on forecasts 1 step ahead, and 145 steps were asked for/);
});

test("forecast from another series; the first step does not depend on how far one looks", async () => {
  writeFileSync(
    place.path("end.csv"),
    `month,passengers\n${Array.from({ length: 30 }, (_, i) => `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")},${100 + i}`).join("\n")}\n`,
  );
  const one = JSON.parse((await run(["forecast", "air.gruvy", "end.csv", "--json"])).out);
  const many = JSON.parse((await run(["forecast", "air.gruvy", "end.csv", "--json", "--horizon", "5"])).out);
  expect(one.dates).toEqual(["2002-07"]);
  expect(many.forecast[0]).toBe(one.forecast[0]);
});

test("predict answers a series a line, and rows one after the other", async () => {
  const series = Array.from({ length: 20 }, (_, i) => 100 + i);
  const whole = await run(["predict", "air.gruvy", "-"], `${JSON.stringify({ series })}\n`);
  expect(whole.code).toBe(0);
  const { forecast } = JSON.parse(whole.out);
  expect(forecast.length).toBe(1);
  const lines = series.map((passengers) => JSON.stringify({ passengers })).join("\n");
  const apart = (await run(["predict", "air.gruvy", "-"], lines)).out.trimEnd().split("\n");
  expect(apart.length).toBe(20);
  expect(JSON.parse(apart[0])).toEqual({ forecast: [] });
  expect(JSON.parse(apart[19])).toEqual({ forecast });
});

test("predict takes a series under the name of its column, and values too few for any forecast are an error", async () => {
  const series = Array.from({ length: 20 }, (_, i) => 100 + i);
  const [named, plain] = await Promise.all(
    [{ passengers: series }, { series }].map((line) => run(["predict", "air.gruvy", "-"], JSON.stringify(line))),
  );
  expect([named.code, named.out]).toEqual([0, plain.out]);
  const { code, err } = await run(["predict", "air.gruvy", "-"], '{"passengers": 5}\n{"passengers": 6}\n');
  expect(code).toBe(2);
  expect(err).toMatch(
    /^standard input: Expected at least 13 values .* found 2\. Give a list of them, \{"passengers":\[\.\.\.\]\}, or as many lines\.$/m,
  );
});

test("evaluate, forecast and explain warn of a series with another step of time", async () => {
  const day = (i: number): string => new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
  const days = Array.from({ length: 40 }, (_, i) => `${day(i)},${100 + (i % 7)}`);
  writeFileSync(place.path("days.csv"), `day,passengers\n${days.join("\n")}\n`);
  const said = /days has a value every day, the series the model was trained on had one every month/;
  const evaluated = await run(["evaluate", "air.gruvy", "days.csv"]);
  expect([evaluated.code, evaluated.out]).toEqual([0, expect.stringMatching(said)]);
  expect((await run(["forecast", "air.gruvy", "days.csv"])).err).toMatch(said);
  expect((await run(["explain", "air.gruvy", "days.csv", "--out", "days.html"])).err).toMatch(said);
  const same = JSON.parse((await run(["evaluate", "air.gruvy", "end.csv", "--json"])).out);
  expect(same.findings).toEqual([]);
});

test("--missing fills a series, is kept with the model and done again", async () => {
  const month = (i: number): string => `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`;
  const holed = (holes: number[]): string => {
    const rows = Array.from({ length: 120 }, (_, i) => `${month(i)},${holes.includes(i) ? "" : 100 + ((i * i) % 13)}`);
    return `month,sold\n${rows.join("\n")}\n`;
  };
  writeFileSync(place.path("holed.csv"), holed([40, 41, 110]));
  const args = ["train", "holed.csv", "--epochs", "1", "--units", "2", "--out", "holed.gruvy"];
  const refused = await run(args);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/Row 42 of holed\.csv: .*--missing ffill/)]);
  const made = await run([...args, "--missing", "ffill"]);
  expect([made.code, made.err]).toEqual([
    0,
    expect.stringMatching(/Missing values: 3 values filled \(as asked, with the value before/),
  ]);
  const evaluated = await run(["evaluate", "holed.gruvy", "holed.csv"]);
  expect([evaluated.code, evaluated.out]).toEqual([0, expect.stringMatching(/1 of them is missing and not scored/)]);
  expect(evaluated.err).toMatch(/^3 missing values were filled in, as in the training or as asked\.$/m);
  const table = await run(["predict", "holed.gruvy", "holed.csv"]);
  expect([table.code, table.out.split("\n")[111]]).toEqual([0, expect.stringMatching(/^2009-03,,\d/)]);
  const values = Array.from({ length: 30 }, (_, i) => (i === 29 ? null : 100 + ((i * i) % 13)));
  const last = [...values.slice(0, 29), values[28]];
  const [null_, full] = await Promise.all(
    [values, last].map((sold) => run(["predict", "holed.gruvy", "-"], JSON.stringify({ sold }))),
  );
  expect([null_.code, null_.out]).toEqual([0, full.out]);
  const without = await run(["predict", "air.gruvy", "-"], JSON.stringify({ passengers: values }));
  expect([without.code, without.err]).toEqual([2, expect.stringMatching(/Expected numbers under "passengers"/)]);
  expect((await run(["predict", "texts.gruvy", "train.csv", "--missing", "ffill"])).err).toMatch(
    /--missing is for series/,
  );
});

test("data of another kind are refused by what the model was trained on", async () => {
  for (const command of ["evaluate", "predict", "explain"]) {
    const texts = await run([command, "texts.gruvy", "end.csv"]);
    expect([texts.code, texts.err]).toEqual([
      2,
      expect.stringMatching(/trained on texts in a column "remark" .* No column "remark" in end\.csv/),
    ]);
    const series = await run([command, "air.gruvy", "train.csv"]);
    expect(series.err).toMatch(/trained on the series in a column "passengers"\. No column "passengers" in train\.csv/);
  }
});

test("predict adds a column to the table of a series", async () => {
  const { code, out } = await run(["predict", "air.gruvy", "end.csv"]);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines[0]).toBe("month,passengers,forecast");
  expect(lines[1]).toBe("2000-01,100,");
  expect(Number(lines[30].split(",")[2])).toBeGreaterThan(100);
});

test("predict labels texts: lines from a pipe, and a table", async () => {
  const input = '{"remark": "a good, warm film"}\n\n{"row": 5, "remark": "a bad dull film"}\n';
  const { code, out } = await run(["predict", "texts.gruvy", "-"], input);
  expect(code).toBe(0);
  const answers = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.map(({ label }) => label)).toEqual(["yes", "no"]);
  for (const { probabilities } of answers) {
    expect(Object.keys(probabilities)).toEqual(["no", "yes"]);
    expect(probabilities.no + probabilities.yes).toBeCloseTo(1, 6);
  }
  const table = (await run(["predict", "texts.gruvy", "new.csv"])).out.trimEnd().split("\n");
  expect(table[0]).toBe("remark,verdict,row,predicted,probability");
  expect(table[1]).toMatch(/^"a good, warm film 200",yes,0,yes,0\.\d{6}$/);
  expect(table.length).toBe(5);
  const bytes = readFileSync(place.path("new.csv"));
  const piped = await gruvy(["predict", "texts.gruvy", "-"], { cwd: place.folder, input: bytes });
  expect(piped.out.trimEnd().split("\n")).toEqual(table);
});

test("a row alone gets the answer it gets among others", async () => {
  const all = (await run(["predict", "texts.gruvy", "new.csv"])).out.trimEnd().split("\n");
  for (const row of [1, 4]) {
    writeFileSync(place.path("one.csv"), `remark,verdict,row\n${rows(199 + row, 200 + row)}\n`);
    const one = (await run(["predict", "texts.gruvy", "one.csv"])).out.trimEnd().split("\n");
    expect(one[1].split(",").at(-1)).toBe(all[row].split(",").at(-1));
  }
});

test("predict answers sequences", async () => {
  const reber = await run(["predict", "reber.gruvy", "-"], '{"sequence": "BTBTXSE"}\n{"sequence": [1, 2, 3]}\n');
  expect([reber.code, reber.err]).toEqual([0, ""]);
  expect(JSON.parse(reber.out.split("\n")[0]).label).toMatch(/^[TP]$/);
  const adding = await run(["predict", "adding.gruvy", "-"], '{"sequence": [[0.5, 1], [0.25, 1], [0.1, 0]]}\n');
  expect(JSON.parse(adding.out)).toEqual({ value: expect.any(Number) });
});

test("evaluate scores the test part of what was trained on, and all of what was not", async () => {
  const own = await run(["evaluate", "air.gruvy", "airline-passengers", "--json"]);
  expect(JSON.parse(own.out)).toMatchObject({ rows: 27, which: expect.stringMatching(/only its test part/) });
  const other = await run(["evaluate", "air.gruvy", "end.csv", "--json"]);
  expect(JSON.parse(other.out).rows).toBe(17);
  const texts = JSON.parse((await run(["evaluate", "texts.gruvy", "new.csv", "--json"])).out);
  expect(texts.models).toMatchObject([
    { name: "gru", scores: { accuracy: 1 } },
    { name: "majority", scores: { accuracy: 0.5 } },
  ]);
  expect(texts.without).toMatch(/^Baselines that learn are shown on the data of the training alone/);
  const trained = JSON.parse((await run(["evaluate", "texts.gruvy", "train.csv", "--json"])).out);
  expect(trained).toMatchObject({ rows: 40 });
});

test("evaluate shows the baselines of compare on the data of the training, with the same scores", async () => {
  for (const [model, data, columns] of [
    ["air.gruvy", "airline-passengers", []],
    ["texts.gruvy", "train.csv", ["--text", "remark", "--label", "verdict"]],
    ["adding.gruvy", "adding", ["--length", "6"]],
  ] as const) {
    const quick = ["--cell", "rnn", "--epochs", "1", "--units", "1", "--json", "--out", `report-${model}`];
    const [evaluated, compared] = await Promise.all([
      run(["evaluate", model, data, ...columns.filter(() => data === "adding"), "--json"]),
      run(["compare", data, ...columns, ...quick]),
    ]);
    const { models, without } = JSON.parse(evaluated.out);
    const baselines = JSON.parse(compared.out).models.slice(0, -1);
    expect(models.length).toBeGreaterThan(2);
    expect([without, models.slice(1).map(({ name }: { name: string }) => name)]).toEqual([
      undefined,
      baselines.map(({ name }: { name: string }) => name),
    ]);
    for (const [i, { test: scores }] of baselines.entries()) {
      for (const [metric, score] of Object.entries(models[i + 1].scores)) {
        expect([model, baselines[i].name, metric, score]).toEqual([
          model,
          baselines[i].name,
          metric,
          expect.closeTo(scores[metric], 9),
        ]);
      }
    }
  }
  const table = await run(["evaluate", "air.gruvy", "end.csv"]);
  expect(table.out).toMatch(/\nmodel +RMSE +MAE\nGRU +[\d.]+ +[\d.]+\nLast value +[\d.]+ +[\d.]+\n/);
  expect(table.out).toMatch(/Drift, ETS and the linear model are shown on the series of the training alone/);
});

test("--missing is refused where it would do nothing", async () => {
  writeFileSync(place.path("plain.csv"), `text,label\n${rows(0, 40).replaceAll(/,\d+$/gm, "")}\n`);
  for (const args of [
    ["train", "plain.csv", "--missing", "ffill"],
    ["evaluate", "texts.gruvy", "new.csv", "--missing", "ffill"],
    ["forecast", "air.gruvy", "--missing", "ffill"],
  ]) {
    const { code, err } = await run(args);
    expect([args[0], code, err]).toEqual([
      args[0],
      2,
      expect.stringMatching(/--missing\)? (does not go with|is for data|is of a series)/),
    ]);
  }
  const days = Array.from(
    { length: 60 },
    (_, i) => `2024-0${1 + Math.floor(i / 28)}-${String((i % 28) + 1).padStart(2, "0")},${i === 9 ? "" : (i * i) % 11}`,
  );
  writeFileSync(place.path("gaps.csv"), `day,sold\n${days.filter((_, i) => i !== 20).join("\n")}\n`);
  const { out } = await run(["check", "gaps.csv", "--missing", "ffill"]);
  expect(out).toMatch(
    /3 gaps: .*Rows that are absent were not filled, only values: add these rows with an empty value/,
  );
});

test("predict --out writes wholly or not at all", async () => {
  expect((await run(["predict", "texts.gruvy", "new.csv", "--out", "answers.csv"])).code).toBe(0);
  const before = readFileSync(place.path("answers.csv"), "utf8");
  expect(before.split("\n").length).toBe(6);
  const bad = '{"remark": "fine"}\n{"remark": 5}\n';
  const failed = await inProcess(["predict", "texts.gruvy", "-", "--out", "answers.csv"], {
    cwd: place.folder,
    input: bad,
  });
  expect([failed.code, failed.out]).toEqual([2, ""]);
  expect(readFileSync(place.path("answers.csv"), "utf8")).toBe(before);
});

const badLines: [string, string, string, RegExp][] = [
  [
    "text missing",
    "texts.gruvy",
    '{"remark": "film"}\n{"other": "y"}\n',
    /a text under "remark" on line 2 of standard input, found none/,
  ],
  ["text of another kind", "texts.gruvy", '{"remark": 5}\n', /on line 1 .* found 5/],
  ["no JSON", "texts.gruvy", "{nonsense}\n", /line 1 of standard input/],
  ["no object", "texts.gruvy", '{"remark": "film"}\n[1]\n', /an object on line 2/],
  ["a series that is too short", "air.gruvy", '{"series": [1, 2]}\n', /Line 1 .*at least 13 values/],
  ["a series of texts", "air.gruvy", '{"series": ["1"]}\n', /numbers under "series"/],
  ["a value that has no logarithm", "air.gruvy", `{"series": [${new Array(20).fill(-1)}]}\n`, /logarithm/],
  [
    "no series",
    "air.gruvy",
    '{"sales": 5}\n',
    /numbers under "passengers" \(a list, or one a line\) .* Lines look like \{"passengers":\[\.\.\.\]\}/,
  ],
  ["a symbol that is none", "reber.gruvy", '{"sequence": "BTQ"}\n', /symbols of BTPSXVE/],
  ["a token out of range", "reber.gruvy", '{"sequence": [1, 99]}\n', /tokens from 0 to 7/],
  ["steps of another width", "adding.gruvy", '{"sequence": [[1, 2, 3]]}\n', /lists of 2 numbers/],
];

test.each(badLines)("%s is named with its line", async (_, model, input, message) => {
  const { code, err } = await run(["predict", model, "-"], input);
  expect(err).toMatch(message);
  expect(err.trimEnd().split("\n").length).toBe(1);
  expect(code).toBe(2);
});

test.each([
  ["texts.gruvy", '{"remark": "a good film"}\n', ['{"remark": 5}', "{nonsense", "[1]", "\xff"]],
  ["air.gruvy", `{"series": [${Array.from({ length: 20 }, (_, i) => 100 + i)}]}\n`, ['{"series": [1]}', "{", "\xff"]],
  ["reber.gruvy", '{"sequence": "BTBTXSE"}\n', ['{"sequence": "Q"}', "{", "\xff"]],
])("lines before a bad one are answered first: %s", async (model, good, bad) => {
  for (const line of bad) {
    const input = Buffer.from(`${good}\n${good}${line}\n${good}`, "latin1");
    const { code, out, err } = await run(["predict", model, "-"], input);
    const answers = out.trimEnd().split("\n");
    expect([code, answers.length]).toEqual([2, 2]);
    expect(answers[1]).toBe(answers[0]);
    expect(err).toMatch(/line 4 /i);
    expect(err.trimEnd().split("\n").length).toBe(1);
  }
});

test("a model file that is cut, altered or of another kind is refused", async () => {
  const bytes = readFileSync(place.path("texts.gruvy"));
  const altered = Uint8Array.from(bytes);
  altered[altered.length - 100] ^= 1;
  const files: [string, Uint8Array, RegExp][] = [
    ["cut.gruvy", bytes.subarray(0, bytes.length - 10), /cut\.gruvy/],
    ["altered.gruvy", altered, /altered\.gruvy was altered or damaged/],
    ["empty.gruvy", new Uint8Array(), /empty\.gruvy/],
    ["seven.gruvy", new Uint8Array(7), /seven\.gruvy/],
  ];
  for (const [name, content, message] of files) {
    writeFileSync(place.path(name), content);
    const { code, out, err } = await run(["predict", name, "-"], '{"remark": "x"}\n');
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  }
  expect((await run(["forecast", "texts.gruvy"])).err).toMatch(/trained on texts and cannot forecast/);
  expect((await run(["evaluate", "texts.gruvy", "airline-passengers"])).err).toMatch(
    /trained on texts, but the data are series/,
  );
});

test("a model is never written over its data, nor an answer over its question", async () => {
  const before = readFileSync(place.path("new.csv"), "utf8");
  const train = await run(["train", "new.csv", "--text", "remark", "--label", "verdict", "--out", "new.csv"]);
  const predict = await run(["predict", "texts.gruvy", "new.csv", "--out", "./new.csv"]);
  for (const { code, err } of [train, predict]) {
    expect(code).toBe(2);
    expect(err).toMatch(/is the input itself/);
  }
  expect(readFileSync(place.path("new.csv"), "utf8")).toBe(before);
});

test("explain writes a page and says what weighs most; --json gives it all", async () => {
  const { code, out } = await run(["explain", "texts.gruvy", "train.csv", "--rows", "2,3", "--out", "why.html"]);
  expect(code).toBe(0);
  expect(out).toMatch(/row 2: "yes" with probability .*\n.* left out +gradient +in log-odds of "yes"\n +(good|warm)/);
  expect(out).toMatch(/gru: update z 0\.\d\d .*reset r/);
  expect(readFileSync(place.path("why.html"), "utf8")).toMatch(/^<!doctype html>/);
  const object = JSON.parse(
    (await run(["explain", "air.gruvy", "airline-passengers", "--json", "--out", "a.html"])).out,
  );
  expect(object).toMatchObject({
    page: "a.html",
    data: { kind: "series", rows: 27 },
    memory: { metric: "rmse", rows: 27 },
  });
  expect(object.rows.map(({ why }: { why: string }) => why)).toEqual(["typical", "worst", "last"]);
  const refused = await run(["explain", "air.gruvy", "airline-passengers", "--rows", "1,x"]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/--rows .* found "x"/)]);
  expect((await run(["explain", "air.gruvy", "airline-passengers", "--rows", "500"])).err).toMatch(
    /rows from 14 to 144, or \+1, the first past the end, found 500/,
  );
});
