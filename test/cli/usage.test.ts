import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bin, gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();

test("help names the commands, and each has examples or a description", async () => {
  const { code, out, err } = await inProcess(["--help"]);
  expect([code, err]).toEqual([0, ""]);
  const names = ["compare", "train", "evaluate", "predict", "forecast", "check", "data"];
  const helps = await Promise.all(names.map((name) => inProcess([name, "--help"])));
  helps.forEach((help, i) => {
    expect(out).toMatch(new RegExp(`^ {2}${names[i]} `, "m"));
    expect(help.code).toBe(0);
    expect(help.out).toMatch(new RegExp(`^Usage: gruvy ${names[i]} `));
  });
  expect(out).not.toMatch(/tour/);
});

test("all commands but predict offer --json, those behind others too", async () => {
  const { out } = await inProcess(["--help"]);
  const names = Array.from(out.matchAll(/^ {2}([a-z]+) /gm), ([, name]) => [name]);
  const all = [...names.filter(([name]) => !["npx", "predict", "study", "help"].includes(name)), ["tour"]];
  const helps = [...all, ["study", "show"], ["study", "repair"]].map(async (args) => {
    return [args.join(" "), (await inProcess([...args, "--help"])).out.includes("--json")];
  });
  for (const [name, offered] of await Promise.all(helps)) expect([name, offered]).toEqual([name, true]);
});

test("the version is that of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(await gruvy(["--version"])).toMatchObject({ code: 0, out: `${version}\n` });
});

const mistakes: [string, string[], RegExp][] = [
  ["no command", [], /^Usage: gruvy/],
  ["an unknown command", ["compere"], /Unknown command 'compere' \(Did you mean compare\?\)/],
  ["help of an unknown command", ["help", "compere"], /Unknown command 'compere' \(Did you mean compare\?\)/],
  ["an unknown command with --help", ["foo", "--help"], /Unknown command 'foo'/],
  [
    "a horizon beyond the series",
    ["compare", "sine", "--horizon", "900"],
    /horizon of 900 is too far .* smaller horizon/,
  ],
  [
    "a test part that leaves nothing",
    ["compare", "airline-passengers", "--test-size", "0.999"],
    /testSize of 0\.999 leaves 0 rows of 144 to train on, too few for a horizon of 1\. Use a smaller --test-size/,
  ],
  ["a model under a name of Keras", ["train", "sine", "--out", "m.keras"], /--out .* found "m\.keras"/],
  ["an unknown option", ["compare", "x.csv", "--unts", "5"], /Unknown option '--unts' \(Did you mean --units\?\)/],
  ["no data", ["compare"], /Missing required argument 'data'/],
  ["too much data", ["compare", "a", "b"], /Too many arguments/],
  ["units 0", ["compare", "sine", "--units", "0"], /Expected --units to be a whole number .*, found "0"/],
  ["a negative number", ["compare", "sine", "--epochs", "-1"], /--epochs .* found "-1"/],
  ["a seed that is no number", ["compare", "sine", "--seed", "x"], /--seed .* found "x"/],
  ["epochs beyond counting", ["compare", "sine", "--epochs", "1e308"], /--epochs .* found "1e308"/],
  ["fewer threads than none", ["compare", "sine", "--threads", "-1"], /--threads .* found "-1"/],
  ["an option of every object", ["train", "sine", "--__proto__", "1"], /Unknown option '--__proto__'/],
  ["no threads", ["compare", "sine", "--threads", "0"], /--threads .* found "0"/],
  ["a million threads", ["compare", "sine", "--threads", "1000000000"], /--threads/],
  ["an unknown cell", ["compare", "sine", "--cell", "gru,foo"], /--cell .* found "foo"/],
  ["an unknown transform", ["compare", "sine", "--transform", "__proto__"], /--transform .* found "__proto__"/],
  ["a test file and a share", ["compare", "a.csv", "--test", "b.csv", "--test-size", "0.3"], /cannot be used with/],
  ["a share of 1", ["compare", "sine", "--test-size", "1"], /--test-size/],
  ["a season of nothing", ["train", "sine", "--season", "0"], /--season .* found "0"/],
  ["a season longer than the data", ["train", "sine", "--season", "900"], /season to be at most 400, found 900/],
  ["a season of texts", ["train", "reber", "--season", "5"], /--season\) is for series, but the data are sequences/],
  ["a missing value", ["compare", "sine", "--units"], /Option '--units <n>' argument missing/],
  [
    "an option of other data",
    ["compare", "sine", "--max-words", "5000"],
    /maxWords \(--max-words\) is for texts, but the data are series/,
  ],
  ["a column of a built-in set", ["compare", "sine", "--target", "x"], /target/],
  ["a name that is nothing", ["compare", "airline"], /airline-passengers/],
  ["a missing file", ["compare", "missing.csv"], /missing\.csv/],
  ["a folder in place of a file", ["compare", "."], /./],
  ["a model that is missing", ["predict", "missing.gruvy", "-"], /missing\.gruvy/],
  [
    "a built-in name for predict",
    ["predict", "m.gruvy", "reber"],
    /predict takes files, .* gruvy evaluate m\.gruvy reber/,
  ],
  ["a model that is none", ["forecast", "package.json"], /package\.json/],
];

test.each(mistakes)("%s is named in one sentence, with exit code 2", async (_, args, message) => {
  const { code, out, err } = await inProcess(args, { cwd: place.folder });
  expect(err).toMatch(message);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).not.toMatch(/^ {4}at /m);
  if (args.length > 0) expect(err.trimEnd().split("\n").length).toBe(1);
});

test("arguments cannot steer the terminal", async () => {
  const { err } = await gruvy(["compare", "\u001b[31mred\u001b]0;title\u0007"]);
  expect(err).toContain("\\u001b[31mred");
  for (const acting of ["\u001b", "\u0007"]) expect(err).not.toContain(acting);
});

test("GRUVY_DEBUG shows where an error came from", async () => {
  const { err } = await inProcess(["compare", "missing.csv"], { cwd: place.folder, env: { GRUVY_DEBUG: "1" } });
  expect(err).toMatch(/^ {4}at /m);
});

test.runIf(existsSync("/dev/full"))(
  "a full disk behind standard output is said in one sentence, with exit code 1",
  async () => {
    for (const args of ["data", "data --json", "--help", "check airline-passengers"]) {
      const command = `"${process.execPath}" "${bin}" ${args} > /dev/full`;
      const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8", cwd: place.folder });
      expect([args, status, stderr]).toEqual([
        args,
        1,
        "Cannot write standard output: the disk is full. Free some space or choose another place.\n",
      ]);
    }
  },
);

test("data lists the built-in sets, also as one object", async () => {
  const { code, out } = await inProcess(["data"]);
  expect(code).toBe(0);
  for (const name of ["airline-passengers", "sine", "reber", "adding", "imdb"]) expect(out).toContain(name);
  const { data } = JSON.parse((await inProcess(["data", "--json"])).out);
  expect(data.length).toBe(5);
});
