import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (args: string[], options: object = {}) => gruvy([...args, "--json"], { cwd: place.folder, ...options });

test.each<[string[], string]>([
  [["compare", "missing.csv"], "file/not-found"],
  [["train", "missing.csv"], "file/not-found"],
  [["tune", "missing.csv", "--units", "2,3"], "file/not-found"],
  [["evaluate", "missing.gruvy", "sine"], "file/missing"],
  [["forecast", "missing.gruvy"], "file/missing"],
  [["explain", "missing.gruvy", "sine"], "file/missing"],
  [["export", "missing.gruvy"], "file/missing"],
  [["import", "missing.keras"], "file/missing"],
  [["check", "missing.csv"], "file/not-found"],
  [["study", "show", "missing"], "file/missing"],
  [["study", "repair", "missing"], "file/missing"],
  [["verify", "missing"], "file/no-checkpoint"],
  [["doctor", "--nope"], "usage/command"],
  [["data", "--nope"], "usage/command"],
  [["tour", "--nope"], "usage/command"],
  [["compere"], "usage/command"],
  [["study"], "usage/command"],
  [["compare", "sine", "--units", "0"], "usage/option"],
  [["tune", "sine"], "usage/space"],
  [["compare", "\u001b[31m.csv"], "file/not-found"],
])("%j --json prints the error as the one object, and says it on standard error", async (args, code) => {
  const { code: exit, out, err } = await inProcess([...args, "--json"], { cwd: place.folder });
  expect(exit).toBe(2);
  expect(out).toMatch(/^[^\n]+\n$/);
  const { error } = JSON.parse(out);
  expect(error.code).toBe(code);
  expect(error.message.replaceAll("\u001b", "\\u001b")).toBe(err.trimEnd());
  expect(Object.keys(JSON.parse(out))).toEqual(["error"]);
});

test("what a refusal says in numbers is there for programs, and without --json standard output stays empty", async () => {
  writeFileSync(place.path("s.csv"), `v\n${Array.from({ length: 80 }, (_, i) => i % 7).join("\n")}\n`);
  const small = ["tune", "s.csv", "--units", "2,3", "--search", "random", "--trials", "1", "--max-epochs", "1"];
  const args = [...small, "--finalists", "1", "--final-seeds", "1", "--threads", "1", "--out", "s"];
  expect((await inProcess(args, { cwd: place.folder })).code).toBe(0);
  const { error } = JSON.parse((await run([...args, "--seed", "4"])).out);
  expect(error).toMatchObject({
    code: "usage/other-study",
    details: { differences: [{ name: "seed", was: "0", is: "4" }] },
  });
  expect(await inProcess([...args, "--seed", "4"], { cwd: place.folder })).toMatchObject({ code: 2, out: "" });
});

test("an interrupted command says so in its object: with a result where it has one, else alone", async () => {
  const interrupted = { code: "training/interrupted", message: expect.stringMatching(/^Interrupted/) };
  // Progress is shown with --json only to a person.
  const env = { NODE_OPTIONS: "--import=data:text/javascript,process.stderr.isTTY=true", TERM: "xterm" };
  const long = ["--epochs", "100000", "--units", "16", "--verbose", "--threads", "1"];
  const at = { interruptAt: /epoch 2 of/, env };
  const trained = await run(["train", "sine", "--out", "i.gruvy", ...long], at);
  expect([trained.code, JSON.parse(trained.out)]).toMatchObject([130, { model: "i.gruvy", error: interrupted }]);
  const compared = await run(["compare", "sine", "--cell", "gru", "--out", "c", ...long], at);
  expect([compared.code, JSON.parse(compared.out)]).toMatchObject([
    130,
    { models: expect.anything(), error: interrupted },
  ]);
  const twice = await run(["train", "sine", "--out", "t.gruvy", ...long], { ...at, interrupts: 2 });
  expect([twice.code, JSON.parse(twice.out)]).toEqual([130, { error: interrupted }]);
});
