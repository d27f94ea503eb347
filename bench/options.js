// The command line of npm run bench.

import { parseArgs } from "node:util";
import { OUR_COLUMNS } from "./runners.js";
import { workloads } from "./workloads.js";

export const HELP = `npm run bench -- [options]

Times the workloads of bench/workloads.json on Gruvy and on each peer that is found, in turn, and prints tables.

  --only w0-gru,w4-gru   these workloads (all by default), and those of equal work that belong to them
  --rounds 5             how often each is run; 5 by default
  --peers keras-jax,...  these peers (all that are found by default); "none" for none
  --columns plain,...    Gruvy as it is (plain), with relaxed SIMD (relaxed), as it is on Node 24 (plain24), with the
                         revectorizer of Node 24 (revectorized)
  --threads 1            threads of Gruvy; as many as there are cores by default
  --epochs 1             timed epochs in place of each workload's own number
  --no-heats             peers run in their likely best configuration, without a heat among several
  --no-equal             without the workloads of equal work
  --processor            ratios of processor time in place of wall time, for a machine that is never idle
  --calm 60              before each run, wait up to so many seconds until the machine is idle
  --quick                a look in under a minute: one round, without peers
  --against COMMIT       compares this working tree with a commit, built in a temporary folder
  --json                 everything measured, for programs

GRUVY_PYTHON names the Python with Keras, PyTorch and onnxruntime (else .venv, else python3); npm ci --prefix bench/js
brings the JavaScript peers; GRUVY_DATA names the folder with imdb-train.csv.gz, for the workloads on real reviews.`;

const QUICK = ["w0-rnn", "w0-lstm", "w0-gru", "odd-gru", "e0-gru", "e-odd-gru", "w3-gru", "w4-gru", "p-gru"];

/** Throws an Error with a sentence for the user. */
export function readOptions(/** @type {string[]} */ args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      rounds: { type: "string" },
      peers: { type: "string" },
      columns: { type: "string" },
      threads: { type: "string" },
      epochs: { type: "string" },
      calm: { type: "string", default: "0" },
      against: { type: "string" },
      "no-heats": { type: "boolean", default: false },
      "no-equal": { type: "boolean", default: false },
      processor: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick, against } = values;
  const list = (/** @type {string | undefined} */ text) => text?.split(",").filter((word) => word !== "");
  const whole = (/** @type {string | undefined} */ text, /** @type {string} */ name, least = 1) => {
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text) || Number(text) < least) {
      throw new Error(`Expected --${name} to be a whole number from ${least}, found "${text}"`);
    }
    return Number(text);
  };
  const alone = quick || against !== undefined;
  const fastest = Number(process.versions.node.split(".")[0]) >= 22 ? "plain" : "relaxed";
  const columns =
    list(values.columns) ?? (against !== undefined ? [fastest] : quick ? ["plain", "relaxed"] : [...OUR_COLUMNS]);
  known(columns, OUR_COLUMNS, "column");
  const chosen = list(values.only) ?? (quick ? QUICK : Object.keys(workloads));
  known(chosen, Object.keys(workloads), "workload");
  return {
    workloads: values["no-equal"] || alone ? chosen : withEqualWork(chosen),
    rounds: whole(values.rounds, "rounds") ?? (quick ? 1 : 5),
    peers: values.peers === "none" ? [] : (list(values.peers) ?? (alone ? [] : undefined)),
    columns,
    threads: whole(values.threads, "threads"),
    epochs: whole(values.epochs, "epochs") ?? (quick ? 1 : undefined),
    heats: !values["no-heats"],
    calm: whole(values.calm, "calm", 0) ?? 0,
    against,
    processor: values.processor,
    json: values.json,
    help: values.help,
  };
}

/** Throws when a name is none of those there are. */
export function known(
  /** @type {readonly string[]} */ names,
  /** @type {readonly string[]} */ all,
  /** @type {string} */ what,
) {
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`No ${what} "${unknown}"; there are ${all.join(", ")}`);
}

/** Each workload followed by the one in which nothing can be left out, unless that is there already. */
export function withEqualWork(/** @type {readonly string[]} */ names) {
  const partners = names.map((name) => workloads[name].equalWork);
  return [...new Set([...names, ...partners.filter((name) => name !== undefined)])];
}
