import { describe, expect, test } from "vitest";
import { readOptions, withEqualWork } from "../../bench/options.js";
import { elsewhere, measure, parseLines } from "../../bench/process.js";
import { Rounds } from "../../bench/rounds.js";
import {
  kerasConfigurations,
  ourRunners,
  pythonRunners,
  type Runner,
  torchConfigurations,
} from "../../bench/runners.js";
import { workloads } from "../../bench/workloads.js";

describe("options of the benchmark", () => {
  test("partners of equal work follow, each once", () => {
    expect(withEqualWork(["w0-gru", "r0-gru", "w4-gru"])).toEqual(["w0-gru", "r0-gru", "w4-gru", "e0-gru"]);
  });

  test("lists, numbers and the quick form", () => {
    const options = readOptions(["--only", "w4-gru,p-gru", "--rounds", "3", "--peers", "keras-jax,tfjs"]);
    expect(options.workloads).toEqual(["w4-gru", "p-gru", "ep-gru"]);
    expect(options.rounds).toBe(3);
    expect(options.peers).toEqual(["keras-jax", "tfjs"]);
    const quick = readOptions(["--quick"]);
    expect([quick.rounds, quick.epochs, quick.peers]).toEqual([1, 1, []]);
    expect(quick.workloads).toContain("w0-lstm");
    expect(quick.workloads).not.toContain(workloads["w0-lstm"].equalWork);
    expect(readOptions([]).peers).toBeUndefined(); // all that are found
    expect(readOptions(["--peers", "none"]).peers).toEqual([]);
  });

  test.each([
    [["--only", "w9-gru"], "w9-gru"],
    [["--columns", "fast"], "fast"],
    [["--rounds", "0"], "rounds"],
    [["--rounds", "2.5"], "rounds"],
    [["--faster"], "faster"],
  ])("%j is refused by name", (args, word) => {
    expect(() => readOptions(args)).toThrow(word);
  });
});

describe("processes of the benchmark", () => {
  test("chatter between the lines is passed over", () => {
    const lines = parseLines('W0000 oneDNN is on\n{"broken\n{"msPerStep": 2, "workload": "w0-gru"}\n{"other": 1}\n');
    expect(lines).toEqual([{ msPerStep: 2, workload: "w0-gru" }]);
  });

  test("what others used is what was busy less our own share", () => {
    const line = { workload: "w0-gru", msPerStep: 1, steps: 1, cpuSeconds: 0.6 };
    expect(elsewhere({ busy: 1000, all: 5000 }, { busy: 1800, all: 7000 }, [line])).toBeCloseTo(0.1, 12);
    expect(elsewhere({ busy: 0, all: 0 }, { busy: 100, all: 1000 }, [line])).toBe(0);
  });

  test("a process that fails is told by its own words", async () => {
    const script = "console.error('some noise\\nTypeError: no such thing\\n  at a line'); process.exit(3)";
    await expect(measure({ file: process.execPath, args: ["-e", script] })).rejects.toThrow("no such thing");
    await expect(measure({ file: process.execPath, args: ["-e", "0"] })).rejects.toThrow("without a result");
    await expect(measure({ file: "no-such-program-here", args: [] })).rejects.toThrow("no-such-program-here");
  });
});

/** A runner whose time depends on its option. */
function pretended(id: string, times: Record<string, number>): Runner {
  return {
    id,
    name: id,
    ours: false,
    configurations: () => Object.keys(times).map((label) => ({ label, options: { ms: times[label] } })),
    command: (workload, { ms }) => {
      const line = JSON.stringify({ workload, msPerStep: ms, steps: 1 });
      return { file: process.execPath, args: ["-e", ms === 0 ? "process.exit(1)" : `console.log('${line}')`, "--"] };
    },
  };
}

describe("rounds of the benchmark", () => {
  const plan = {
    names: ["w4-gru"],
    heats: true,
    calmSeconds: 0,
    dataFolder: async () => "",
    measure: "msPerStep" as const,
    say: () => {},
  };

  test("every runner runs in every round, in the configuration that won its heat", async () => {
    const rounds = new Rounds({
      ...plan,
      rounds: 2,
      runners: [pretended("a", { slow: 9, fast: 3, middling: 5 }), pretended("b", { only: 1 })],
    });
    await rounds.run();
    expect(rounds.runs.map(({ round, runner, configuration }) => [round, runner, configuration])).toEqual([
      [1, "a", "fast"],
      [1, "b", "only"],
      [2, "b", "only"], // the other way round
      [2, "a", "fast"],
    ]);
    expect(rounds.heats).toHaveLength(3);
    expect(rounds.failures).toEqual([]);
  });

  test("what fails is told once and not tried again; what is skipped does not run", async () => {
    const runners = [pretended("a", { broken: 0 }), { ...pretended("b", { only: 1 }), skipped: "not here" }];
    const rounds = new Rounds({ ...plan, rounds: 3, runners });
    await rounds.run();
    expect(rounds.runs).toEqual([]);
    expect(rounds.failures).toHaveLength(1);
    expect(rounds.failures[0]).toMatchObject({ workload: "w4-gru", runner: "a" });
  });
});

describe("runners of the benchmark", () => {
  test("a Python that is not there is told from one without a peer", () => {
    const why = (runs: boolean, packages: Record<string, string>) =>
      pythonRunners({ python: "python3", runs, packages }).find(({ id }) => id === "pytorch")?.skipped;
    expect(why(false, {})).toBe("there is no python3");
    expect(why(true, {})).toBe("python3 has no torch");
    expect(why(true, { torch: "torch" })).toBeUndefined();
  });

  test("from Node 22 on relaxed SIMD needs no flag; 256-bit vectors run on a Node from 24 on", () => {
    const columns = ["plain", "relaxed", "plain24", "revectorized"];
    const places = { columns, library: "dist/index.js" };
    const here = ourRunners({ ...places, nodeMajor: 20, node24: "/opt/node24" });
    expect(here.map(({ skipped }) => skipped === undefined)).toEqual([true, true, true, true]);
    const commands = here.map((one) => one.command("w0-gru", {}, "data"));
    expect(commands.map(({ file }) => file)).toEqual([
      process.execPath,
      process.execPath,
      "/opt/node24",
      "/opt/node24",
    ]);
    expect(commands.map(({ args }) => args[args.indexOf("--simd") + 1])).toEqual([
      "plain",
      "relaxed",
      "plain",
      "revectorized",
    ]);
    const newer = ourRunners({ ...places, nodeMajor: 24, node24: process.execPath });
    expect(newer.map(({ skipped }) => skipped === undefined)).toEqual([true, false, false, true]);
    const alone = ourRunners({ ...places, nodeMajor: 22 });
    expect(alone.map(({ skipped }) => skipped === undefined)).toEqual([true, false, false, false]);
  });

  test("configurations are told apart by their labels", () => {
    for (const work of Object.values(workloads)) {
      for (const backend of ["tensorflow", "jax", "torch"]) {
        const labels = kerasConfigurations(backend, work).map(({ label }) => label);
        expect(new Set(labels).size).toBe(labels.length);
      }
      const labels = torchConfigurations(work).map(({ label }) => label);
      expect(new Set(labels).size).toBe(labels.length);
    }
  });
});
